//! Messages as the spawner takes them, which has every right over the machine: what is taken names plain paths only.

use serde_json::Value;

pub fn probe(data: &[u8]) {
    if !sandbox_linux::is_request(data) {
        return;
    }
    let request: Value = serde_json::from_slice(data).expect("what is taken is JSON");
    let plan = request
        .as_object()
        .and_then(|request| request.values().next())
        .and_then(|request| request.get("plan").or_else(|| request.get("code").map(|_| request)));
    let Some(plan) = plan else { return };
    let lists = ["roots", "layers"].into_iter().filter_map(|name| plan[name].as_array()).flatten();
    for path in lists.chain([&plan["code"], &plan["command"][0], &plan["guest"]]).filter_map(Value::as_str) {
        assert!(path.starts_with('/') && path.split('/').all(|part| part != ".."), "{path}");
    }
}
