//! What a function finds around it: its environment, its layers, and a platform that knows it.

use serde_json::{Value, json};

use crate::house::{Function, House, invoke, returned};

crate::cases![the_environment_is_lambdas, layers_lie_over_each_other, the_platform_knows_who_speaks];

async fn the_environment_is_lambdas(house: &House) {
    let text = "import os\ndef handler(event, context):\n    return dict(os.environ)\n";
    let mut function = Function::python(text);
    function.environment.insert("MINE".into(), "yes".into());
    function.environment.insert("AWS_REGION".into(), "elsewhere".into());
    let variables = returned(&house.once(&function, "{}").await);
    for (name, value) in [
        ("_HANDLER", "app.handler"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("AWS_LAMBDA_FUNCTION_NAME", "test"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{}", house.launch(&function).runtime.name)),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SESSION_TOKEN", "token"),
        ("TZ", ":UTC"),
        ("MINE", "yes"),
        ("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    assert_eq!(variables["DAYFLY_GUEST_FD"], Value::Null);
    assert_eq!(variables["HOME"], Value::Null);
}

async fn layers_lie_over_each_other(house: &House) {
    let layer =
        |text: &str| house.directory(&[("python/both.py", text.to_owned()), ("only", text.to_owned())]);
    let mut function = Function::python(
        "import both\ndef handler(e, c):\n    return [both.name, open('/opt/only').read()]\n",
    );
    function.layers = vec![layer("name = 'below'"), layer("name = 'above'")];
    assert_eq!(returned(&house.once(&function, "{}").await), json!(["above", "name = 'above'"]));
    function.layers.pop();
    assert_eq!(returned(&house.once(&function, "{}").await), json!(["below", "name = 'below'"]));
}

async fn the_platform_knows_who_speaks(house: &House) {
    let text = "import os, urllib.request\ndef handler(event, context):\n    \
                answer = urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL']).read().decode()\n    \
                return [answer, context.aws_request_id]\n";
    let mut instance = house.start(&Function::python(text)).await;
    for _ in 0..2 {
        let pair = returned(&invoke(&mut *instance, "{}").await);
        assert_eq!(pair[0], pair[1]);
    }
}
