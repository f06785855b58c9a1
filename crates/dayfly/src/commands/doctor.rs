//! `dayfly doctor`: what this machine gives to sandboxes, and what to do about what is missing. It does not only look:
//! it runs a function on every runtime that it finds.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use http::Method;
use sandbox_linux::{Forked, Runtimes, Survey};
use serde_json::{Value, json};
use server::{Platform, Prepared, Settings};

use super::deploy::{Wanted, carry_out};
use crate::arguments::Doctor;
use crate::client::Client;
use crate::failed::Failed;
use crate::package;
use crate::show::{self, Progress, say};

/// One thing that was looked at.
struct Finding {
    what: String,
    found: String,
    /// What to do, where something is missing.
    remedy: Option<String>,
    /// Without it functions do not run.
    fatal: bool,
}

pub async fn run(doctor: &Doctor, forked: Forked) -> Result<ExitCode, Failed> {
    let mut findings = machine(&sandbox_linux::survey());
    let progress = Progress::new(doctor.json);
    findings.extend(runtimes(forked, &progress).await?);
    progress.done();
    let fatal = findings.iter().any(|finding| finding.fatal);
    if doctor.json {
        say(Value::from_iter(findings.iter().map(document)))?;
    } else {
        findings.iter().try_for_each(print)?;
        say(format_args!(
            "\n{}",
            if fatal { "Functions cannot run here as it is." } else { "Functions can run here." }
        ))?;
    }
    Ok(if fatal { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn document(finding: &Finding) -> Value {
    let Finding { what, found, remedy, fatal } = finding;
    json!({ "What": what, "Found": found, "Ok": remedy.is_none(), "Fatal": fatal, "Remedy": remedy })
}

fn print(finding: &Finding) -> Result<(), Failed> {
    let mark = match (&finding.remedy, finding.fatal) {
        (None, _) => "ok",
        (Some(_), false) => "--",
        (Some(_), true) => "NO",
    };
    say(format_args!("{mark:<3} {:<18} {}", finding.what, finding.found))?;
    match &finding.remedy {
        Some(remedy) => say(format_args!("{:<22} {remedy}", "")),
        None => Ok(()),
    }
}

fn finding(what: &str, found: impl Into<String>, remedy: Option<&str>, fatal: bool) -> Finding {
    let remedy = remedy.map(str::to_owned);
    Finding { what: what.to_owned(), found: found.into(), fatal: fatal && remedy.is_some(), remedy }
}

/// What can be seen without running anything.
fn machine(survey: &Survey) -> Vec<Finding> {
    let yes_no = |yes| if yes { "yes" } else { "no" };
    let unless = |good: bool, remedy| (!good).then_some(remedy);
    let namespaces = survey.user_namespaces > 0;
    let mut findings = vec![
        finding("kernel", survey.kernel.clone(), None, false),
        finding(
            "root",
            yes_no(survey.root),
            unless(
                survey.root,
                "Sandboxes stand without it. There are no templates then, and limits are kept by watching where cgroups are not delegated.",
            ),
            false,
        ),
        finding(
            "user namespaces",
            if namespaces { "can be made" } else { "switched off" },
            unless(namespaces, "sysctl -w user.max_user_namespaces=65536"),
            true,
        ),
        finding(
            "seccomp",
            yes_no(survey.seccomp),
            unless(survey.seccomp, "The kernel must be built with CONFIG_SECCOMP_FILTER."),
            true,
        ),
        finding(
            "overlayfs",
            yes_no(survey.overlay),
            unless(survey.overlay, "Layers that overlap need it: modprobe overlay"),
            false,
        ),
    ];
    findings.push(match (&survey.no_egress, survey.no_lists) {
        (None, None) => finding("egress", "functions can be given a way out", None, false),
        (None, Some(reason)) => finding("egress", format!("to the internet only: {reason}"), None, false),
        (Some(reason), _) => finding(
            "egress",
            format!("none: {reason}"),
            Some("Functions reach the platform only. Root with nf_tables, or without root pasta (apt install passt), gives them a way out."),
            false,
        ),
    });
    for (controller, version) in &survey.controllers {
        let remedy = match *controller {
            "freezer" => {
                "Idle instances are stopped by signals, not frozen. Mount cgroup v2, or delegate a group of it."
            }
            "memory" => {
                "The memory of an instance is watched while it runs, not limited by the kernel. Boot with cgroup_enable=memory, or delegate the controller."
            }
            "cpu" => {
                "An instance is kept to its share of the CPU by being stopped now and then. Delegate the controller to the user who runs dayfly."
            }
            _ => {
                "Processes are limited by RLIMIT_NPROC, for each instance. Delegate the controller to the user who runs dayfly."
            }
        };
        let found = version.map_or_else(|| "missing".to_owned(), |version| format!("cgroup {version}"));
        findings.push(finding(
            &format!("{controller} limits"),
            found,
            unless(version.is_some(), remedy),
            false,
        ));
    }
    findings
}

/// Runs a function on each runtime that there is.
async fn runtimes(forked: Forked, progress: &Progress) -> Result<Vec<Finding>, Failed> {
    let found = sandbox_linux::discover(&[]);
    let directory = tempfile::tempdir().map_err(Failed::because("making a directory"))?;
    let mut settings = Settings::new(directory.path().join("data"));
    settings.listen.set_port(0);
    settings.console = None;
    let spawner = forked.connect().map_err(Failed::because("starting the spawner's thread"))?;
    let prepared = Prepared::new(settings).map_err(Failed::because("preparing a platform"))?;
    let platform =
        Platform::start(prepared, spawner).await.map_err(Failed::because("starting a platform"))?;
    let client = Client::to(platform.reach(), None)?;
    let mut findings = Vec::new();
    for runtime in found.all() {
        let Some(code) = code_for(&runtime.name) else { continue };
        progress.doing(&format!("Trying {}", runtime.name));
        let began = Instant::now();
        let ran = try_out(&client, &runtime.name, code, &found, directory.path()).await;
        let version = &runtime.found_version;
        findings.push(match ran {
            Ok(()) => finding(
                &runtime.name,
                format!("{version}, runs ({})", show::span(began.elapsed())),
                None,
                false,
            ),
            Err(failed) => {
                finding(&runtime.name, format!("{version}, does not run"), Some(&failed.to_string()), true)
            }
        });
    }
    platform.stop().await;
    // One that does not run is a pity; only when none does, nothing can.
    if findings.iter().any(|finding| !finding.fatal) {
        findings.iter_mut().for_each(|finding| finding.fatal = false);
    }
    for (language, how) in [("python", "apt install python3"), ("nodejs", "apt install nodejs")] {
        if !found.all().any(|runtime| runtime.name.starts_with(language)) {
            findings.push(finding(language, "not found", Some(how), false));
        }
    }
    Ok(findings)
}

/// A file and its text, for languages that need no building.
fn code_for(runtime: &str) -> Option<(&'static str, &'static str)> {
    if runtime.starts_with("python") {
        return Some(("app.py", "def handler(event, context):\n    return 'ran'\n"));
    }
    runtime.starts_with("nodejs").then_some(("index.mjs", "export const handler = async () => 'ran';\n"))
}

async fn try_out(
    client: &Client,
    runtime: &str,
    (file, text): (&str, &str),
    found: &Runtimes,
    directory: &Path,
) -> Result<(), Failed> {
    let name = format!("doctor-{}", runtime.replace('.', "-"));
    let code = directory.join(&name);
    std::fs::create_dir(&code).map_err(Failed::because("making a directory"))?;
    std::fs::write(code.join(file), text).map_err(Failed::because("writing a function"))?;
    let quiet = Progress::new(true);
    let package = package::build(&code, Some(runtime), None, found, &quiet)?;
    let wanted = Wanted::plain(&name);
    carry_out(client, &wanted, package, &quiet).await?;
    let path = format!("/2015-03-31/functions/{name}/invocations");
    let answer = client.call("lambda", Method::POST, &path, &[], "{}").await?;
    if answer.text() == "\"ran\"" { Ok(()) } else { Err(Failed::new(answer.text())) }
}
