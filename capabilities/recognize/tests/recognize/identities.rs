//! Who is who, as a workspace sees it.

use expect_test::expect;

use crate::world::check;

#[test]
fn an_anonymous_visitor_becomes_known() {
    check(
        &[],
        "0 10:00 anonymous_id=a1 Page Viewed
         0 10:05 anonymous_id=a1 user_id=u1 email=Ada@Example.com Signed Up
         0 10:10 anonymous_id=a2 Page Viewed
         0 10:15 anonymous_id=a2 email=ada@example.com Newsletter Opened
         customers
         explain user_id=u1
         forward 4",
        expect![[r#"
            1: anonymous_id:a1 user_id:u1 email:ada@example.com anonymous_id:a2
            1 + 2: One event named both, this anonymous_id and this user_id.
            2 + 3: One event named both, this user_id and this email.
            3 + 4: One event named both, this email and this anonymous_id.
            record 4: One event named both, email and anonymous_id; all strands of cus_0000000000004 are cus_0000000000001's since.
            4 is 1
        "#]],
    );
}

#[test]
fn two_known_customers_are_never_merged() {
    check(
        &[],
        "0 10:00 user_id=u1 device_id=tablet Page Viewed
         0 11:00 user_id=u2 device_id=tablet Page Viewed
         customers
         explain user_id=u1
         explain user_id=u2",
        expect![[r#"
            1: user_id:u1 device_id:tablet
            3: user_id:u2
            1 + 2: One event named both, this user_id and this device_id.
            2 / 3 (user_id): Each of the two has its own `user_id`, which is unique per customer.
            3 / 2 (device_id): Each of the two has its own `user_id`, which is unique per customer.
        "#]],
    );
}

#[test]
fn the_earlier_event_decides_however_late_it_comes() {
    check(
        &[],
        "0 11:00 user_id=u2 device_id=tablet Page Viewed
         0 12:00 late 0 10:00 user_id=u1 device_id=tablet Page Viewed
         customers",
        expect![[r#"
            1: user_id:u2
            2: device_id:tablet user_id:u1
        "#]],
    );
}

#[test]
fn the_known_customer_survives_and_old_ids_forward() {
    check(
        &[],
        "0 10:00 anonymous_id=a1 Page Viewed
         0 10:01 user_id=u1 Signed Up
         0 10:02 user_id=u1 anonymous_id=a1 Signed In
         customers
         forward 1",
        expect![[r#"
            2: anonymous_id:a1 user_id:u1
            1 is 2
        "#]],
    );
}

#[test]
fn staff_folds_a_shared_device_out_and_it_stays_out() {
    check(
        &[],
        "0 10:00 user_id=u1 device_id=tv anonymous_id=a1 Page Viewed
         0 10:01 anonymous_id=a1 email=eve@example.com Newsletter Opened
         customers
         1 10:00 unmerge anonymous_id=a1 email=eve@example.com
         customers
         1 11:00 user_id=u1 anonymous_id=a1 Page Viewed
         customers
         explain email=eve@example.com
         1 12:00 unmerge user_id=u1 device_id=tv",
        expect![[r#"
            1: user_id:u1 device_id:tv anonymous_id:a1 email:eve@example.com
            1: user_id:u1 device_id:tv
            3: anonymous_id:a1 email:eve@example.com
            1: user_id:u1 device_id:tv
            3: anonymous_id:a1 email:eve@example.com
            3 + 4: One event named both, this anonymous_id and this email.
            3 / 1 (user_id): A member of staff folded them apart.
            record 3: A member of staff folded customers apart; some strands of cus_0000000000001 are cus_0000000000003's since.
            these are all strands of cus_0000000000001; leave at least one
        "#]],
    );
}

#[test]
fn guards_are_the_workspaces_own() {
    let identity =
        "namespaces: {email: {max: 2, blocked: [Info@Shop.example]}, external/till: {unique: true}}";
    check(
        &[("identity.yaml", identity)],
        "0 10:00 user_id=u1 email=one@example.com Signed In
         0 10:01 user_id=u1 email=two@example.com Signed In
         0 10:02 user_id=u1 email=three@example.com Signed In
         0 10:03 user_id=u1 email=info@shop.example external/till=t1 Signed In
         0 10:04 user_id=u1 external/till=t2 Signed In
         0 10:05 email=info@shop.example Newsletter Opened
         customers
         explain user_id=u1",
        expect![[r#"
            0 10:05: nobody
            1: user_id:u1 email:one@example.com email:two@example.com external/till:t1
            4: email:three@example.com
            6: external/till:t2
            1 + 2: One event named both, this user_id and this email.
            1 + 3: One event named both, this user_id and this email.
            1 + 5: One event named both, this user_id and this external/till.
            1 / 4 (email): Together they would have more than 2 different values of `email`.
            1 / 6 (external/till): Each of the two has its own `external/till`, which is unique per customer.
        "#]],
    );
}

#[test]
fn an_erased_customer_is_a_stranger_and_leaves_no_links() {
    check(
        &[],
        "0 10:00 user_id=u1 device_id=tablet Page Viewed
         0 11:00 user_id=u2 device_id=tablet Page Viewed
         1 10:00 erase user_id=u1
         explain user_id=u2
         1 11:00 user_id=u1 Page Viewed
         1 12:00 user_id=u2 device_id=tablet Page Viewed
         customers",
        expect![[r#"
            3: user_id:u2 device_id:tablet
            4: user_id:u1
        "#]],
    );
}
