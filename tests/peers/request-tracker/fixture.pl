# What the tests need in a new Request Tracker: `rt-setup-database-5 --action insert` reads it.
use strict;
use warnings;

our @Queues = (
    { Name => 'Provisioning', Description => 'Accounts made by hand', Lifecycle => 'default' },
    { Name => 'Secret', Description => 'The component does not see it', Lifecycle => 'default' },
);

# `provisor` is the account of the component, `agent` the person who works on its tickets.
our @Users = map {
    { Name => $_, Password => "$_-password-1", EmailAddress => "$_\@example.test", Privileged => 1 }
} qw(provisor agent);

our @CustomFields = (
    {
        Name => 'CorrelationId', Type => 'FreeformSingle',
        LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 'Provisioning',
    },
    {
        Name => 'UniqueId', Type => 'FreeformSingle', UniqueValues => 1,
        LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 'Provisioning',
    },
    {
        Name => 'Operation', Type => 'SelectSingle',
        LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 'Provisioning',
        Values => [ map { { Name => $_ } } qw(create modify delete enable disable) ],
    },
    {
        Name => 'Outcome', Type => 'FreeformSingle',
        LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 'Provisioning',
    },
);

my @work = qw(
    SeeQueue ShowTicket ShowTicketComments CreateTicket ModifyTicket CommentOnTicket ReplyToTicket
    SeeCustomField SetInitialCustomField ModifyCustomField
);
our @ACL = (
    { Right => [@work], Queue => 'Provisioning', UserId => 'provisor' },
    { Right => [ @work, qw(OwnTicket DeleteTicket) ], Queue => 'Provisioning', UserId => 'agent' },
    { Right => [@work], Queue => 'Secret', UserId => 'agent' },
    { Right => ['ManageAuthTokens'], UserId => 'provisor' },
);

# A token is shown only once, so it is written where the tests find it.
our @Final = (sub {
    require RT::AuthToken;
    my $user = RT::User->new(RT->SystemUser);
    $user->Load('provisor');
    my $token = RT::AuthToken->new(RT->SystemUser);
    my ($made, $message, $secret) = $token->Create(Owner => $user->Id, Description => 'tests');
    die "no token: $message" unless $made;
    open my $file, '>', $ENV{TOKEN_FILE} or die "no file for the token: $!";
    print {$file} $secret;
    close $file or die "no file for the token: $!";
});

1;
