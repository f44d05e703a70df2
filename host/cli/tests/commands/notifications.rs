//! Who was told, and what to do when somebody was not.

use insta::assert_snapshot;

use crate::desk::Desk;

#[test]
fn an_administrator_sees_what_did_not_get_out_and_sends_it_again() {
    let mut desk = Desk::with_requests();
    // A folder takes no lines.
    desk.write("provisor.toml", {
        let text = std::fs::read_to_string(desk.path("provisor.toml")).expect("read");
        format!("{text}\n[notify.desk]\nkind = \"log\"\nfile = \"exports\"\nattempts = 1\n")
    });
    desk.type_in("notification list");
    for case in ["case-2", "case-3"] {
        desk.quietly(&format!("case claim {case} --as eva"));
    }
    desk.type_in("run --no-exports");
    desk.type_in("notification list");
    desk.type_in("notification show notification-1");
    desk.type_in("notification discard notification-2 --as eva");
    desk.type_in("notification retry notification-1 notification-7");
    desk.configure("file = \"exports\"", "file = \"told.jsonl\"");
    desk.type_in("run --no-exports");
    desk.type_in("notification list --state delivered --sink desk --resource payroll");
    desk.type_in("notification list --state sent");
    assert_snapshot!(desk.transcript());
    let told = std::fs::read_to_string(desk.path("told.jsonl")).expect("written");
    assert_eq!(told.lines().count(), 1);
}
