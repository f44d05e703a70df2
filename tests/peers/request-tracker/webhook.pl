# Tells Provisor when the status of a ticket in the queue Provisioning changes, with a signature that
# Provisor checks: `rt-setup-database --action insert --datafile webhook.pl`, while Request Tracker
# runs. Fill in @URL@ and @SECRET@ first.
use strict;
use warnings;

our @Scrips = ({
    Description       => 'Tell Provisor',
    Queue             => 'Provisioning',
    ScripCondition    => 'On Status Change',
    ScripAction       => 'User Defined',
    Template          => 'Blank',
    CustomPrepareCode => 'return 1;',
    CustomCommitCode  => <<'CODE',
require Digest::SHA;
require JSON;
require LWP::UserAgent;

my $ticket = $self->TicketObj;
my $body = JSON::encode_json({
    'ticket'         => $ticket->Id + 0,
    'correlation-id' => $ticket->FirstCustomFieldValue('CorrelationId'),
    'status'         => $self->TransactionObj->NewValue,
});
my $answer = LWP::UserAgent->new(timeout => 3)->post(
    '@URL@',
    'Content-Type'    => 'application/json',
    'X-Hub-Signature' => 'sha256=' . Digest::SHA::hmac_sha256_hex($body, '@SECRET@'),
    Content           => $body,
);
# Whoever changed the ticket is not to blame; Provisor asks for the status later anyway.
RT->Logger->warning('Provisor was not told: ' . $answer->status_line) unless $answer->is_success;
return 1;
CODE
});

1;
