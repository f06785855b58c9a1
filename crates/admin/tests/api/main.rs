//! The admin API as its clients see it, and the console.

mod console;
mod world;

use std::time::Duration;

use model::{Cause, InvocationId};
use serde_json::{Value, json};

use world::{NOW, World, function};

fn ids(answer: &Value) -> Vec<&str> {
    answer["Events"].as_array().unwrap().iter().map(|event| event["Id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_are_listed_by_function_and_state_page_by_page() {
    let world = World::new(false).await;
    let mut all = Vec::new();
    for name in ["f", "g", "h", "f"] {
        all.push(world.event(name, "s3://b/k", None).await.to_string());
    }
    let [first, dead, pending, last] = &all[..] else { panic!("four") };
    for (query, expected) in [
        ("", vec![last, pending, dead, first]),
        ("?function=f", vec![last, first]),
        ("?function=arn:aws:lambda:us-east-1:000000000000:function:g", vec![dead]),
        ("?state=pending", vec![pending]),
        ("?state=done&function=f", vec![last, first]),
        ("?state=dead&function=f", vec![]),
    ] {
        assert_eq!(ids(&world.get(&format!("events{query}")).await), expected, "{query}");
    }
    let page = world.get("events?limit=3").await;
    let next = page["NextAfter"].as_str().unwrap();
    let rest = world.get(&format!("events?limit=3&after={next}")).await;
    assert_eq!((ids(&rest), rest.get("NextAfter")), (vec![first.as_str()], None));
    assert_eq!(world.asked.0.lock().unwrap()[0], "dayfly:ListEvents *");
    for query in ["state=lost", "limit=0", "limit=1001", "wait=51", "wait=1&limit=1", "since=1", "after=zz"] {
        let (status, fault) = world.send("GET", &format!("events?{query}")).await;
        assert_eq!(status, 400, "{query}: {fault}");
    }
}

#[tokio::test]
async fn an_event_is_told_with_its_timeline_and_what_came_of_it() {
    let world = World::new(false).await;
    let id = world.event("f", "s3://b/k", None).await;
    let invocation = InvocationId::from(id);
    world.used("f", invocation, None).await;
    let called = InvocationId::random();
    world.used("other", called, Some(invocation)).await;
    world.used("unrelated", InvocationId::random(), None).await;
    let cause = Cause {
        invocation,
        event: Some(id),
        roots: vec![],
        function: function("f"),
        chain: vec![function("f")],
    };
    let caused = world.event("g", "s3://b/thumb", Some(cause)).await;
    let answer = world.get(&format!("events/{id}")).await;
    let event = &answer["Event"];
    assert_eq!((&event["State"], &event["Subject"]), (&json!("done"), &json!("s3://b/k")));
    let steps: Vec<&str> =
        event["Timeline"].as_array().unwrap().iter().map(|step| step["Step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["Received", "Started", "Done"]);
    assert_eq!(event["Timeline"][1]["Invocation"], json!(invocation.to_string()));
    let invocations: Vec<&Value> =
        answer["Invocations"].as_array().unwrap().iter().map(|used| &used["Id"]).collect();
    assert!(invocations.contains(&&json!(invocation.to_string())));
    assert!(invocations.contains(&&json!(called.to_string())));
    assert_eq!(invocations.len(), 2);
    // Twice 0.1 GB-seconds and a request.
    assert_eq!(answer["Cost"]["Exact"], "$0.00000373334");
    assert_eq!(answer["CausedEvents"][0]["Id"], json!(caused.to_string()));
    assert_eq!(answer["CausedEvents"][0]["Cause"]["Event"], json!(id.to_string()));
    assert_eq!(answer["IsComplete"], true);
    for missing in ["events/nonsense", "events/00000000-0000-4000-8000-000000000000"] {
        let (status, fault) = world.send("GET", missing).await;
        assert_eq!(status, 404, "{fault}");
    }
}

#[tokio::test]
async fn who_waits_is_told_when_something_changes_and_when_time_is_over() {
    let world = World::new(false).await;
    let before = world.event("f", "old", None).await;
    let start = world.get("events?wait=5").await;
    assert_eq!(ids(&start), [before.to_string()]);
    let path = format!("events?wait=5&since={}", start["Cursor"]);
    let happen = async {
        let id = world.event("f", "new", None).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
            world.clock.advance(Duration::from_millis(100));
        }
        id
    };
    let (told, id) = tokio::join!(world.get(&path), happen);
    assert_eq!((ids(&told), &told["Events"][0]["State"]), (vec![id.to_string().as_str()], &json!("done")));
    let path = format!("events?wait=5&since={}", told["Cursor"]);
    let pass = async {
        tokio::task::yield_now().await;
        world.clock.advance(Duration::from_secs(5));
    };
    let (nothing, ()) = tokio::join!(world.get(&path), pass);
    assert_eq!((ids(&nothing).len(), &nothing["Cursor"]), (0, &told["Cursor"]));
    let (stopped, ()) = tokio::join!(world.get(&path), world.tasks.stop());
    assert!(ids(&stopped).is_empty());
}

#[tokio::test]
async fn a_bill_is_beside_an_always_on_server() {
    let world = World::new(false).await;
    let empty = world.get("bill").await;
    assert_eq!((&empty["Lines"], empty.get("AlwaysOn")), (&json!([]), None));
    world.used("f", InvocationId::random(), None).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    world.used("g", InvocationId::random(), None).await;
    let bill = world.get("bill").await;
    let names = |bill: &Value| {
        let lines = bill["Lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&bill), ["f", "g"]);
    assert_eq!(bill["Total"]["Cost"], json!({ "Exact": "$0.00000373334", "Dollars": 0.00000373334 }));
    let day =
        json!({ "MemoryMib": 1024, "Millis": 86_400_000, "Cost": { "Exact": "$0.2496", "Dollars": 0.2496 } });
    assert_eq!(bill["AlwaysOn"], day);
    assert_eq!(names(&world.get("bill?by=day").await), ["2026-11-23", "2026-11-24"]);
    let since = world.get("bill?by=function&since=2026-11-24").await;
    assert_eq!(names(&since), ["g"]);
    assert_eq!(since["AlwaysOn"]["Millis"], 3_600_000);
    for query in ["by=week", "since=yesterday"] {
        assert_eq!(world.send("GET", &format!("bill?{query}")).await.0, 400);
    }
}

#[tokio::test]
async fn the_status_adds_up_and_the_fleet_is_shown() {
    let world = World::new(false).await;
    for name in ["f", "f", "g", "h"] {
        world.event(name, "x", None).await;
    }
    let status = world.get("status").await;
    assert_eq!(status["Events"], json!({ "Accepted": 4, "Pending": 1, "Done": 2, "Dead": 1 }));
    assert_eq!((&status["Version"], &status["Functions"]), (&json!("1.2.3"), &json!(0)));
    assert_eq!(status["Instances"], json!({ "Busy": 0, "Idle": 0 }));
    assert_eq!(status["UptimeMillis"], world.clock.now().as_millis() - NOW);
    assert_eq!(world.get("fleet").await, json!({ "Instances": [], "SlowStarts": [] }));
    world.run("resize");
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let started = world.clock.now().iso8601();
    let instance = json!({
        "FunctionName": "resize", "Key": "resize", "MemoryMib": 128, "Started": started, "Calls": 1, "State": "busy",
    });
    assert_eq!(world.get("fleet").await, json!({ "Instances": [instance], "SlowStarts": [] }));
    assert_eq!(world.get("status").await["Instances"], json!({ "Busy": 1, "Idle": 0 }));
}

#[tokio::test]
async fn an_account_is_wiped_in_development_only() {
    let world = World::new(false).await;
    world.event("f", "x", None).await;
    let (status, fault) = world.send("DELETE", "account").await;
    assert_eq!(status, 403);
    assert!(fault["message"].as_str().unwrap().contains("--dev"), "{fault}");
    assert_eq!(ids(&world.get("events").await).len(), 1);
    let world = World::new(true).await;
    world.event("f", "x", None).await;
    world.used("f", InvocationId::random(), None).await;
    assert_eq!(world.send("DELETE", "account").await, (204, Value::Null));
    assert!(ids(&world.get("events").await).is_empty());
    assert_eq!(world.get("bill").await["Total"]["Requests"], 0);
}
