//! What is decided about templates, start by start.

use std::path::PathBuf;
use std::sync::Arc;

use sandbox::Runtime;

use super::*;

fn launch(function: &str, key: &str, guest: &str) -> Launch {
    let runtime = Runtime {
        contract: Contract::PullFramed,
        guest: Some(guest.to_owned()),
        template: if guest == "python" { vec!["template.py".to_owned()] } else { vec![] },
        ..Runtime::default()
    };
    Launch { key: LaunchKey(key.to_owned()), ..Launch::of(function, runtime) }
}

fn at(seconds: i64) -> Time {
    Time::from_millis(seconds * 1000)
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

const NOTHING: Choice = Choice { from: From::Nothing, learns: false };
const LEARNING: Choice = Choice { from: From::Nothing, learns: true };

fn forked(template: u64) -> Choice {
    Choice { from: From::Template(template), learns: false }
}

fn make(templates: &Templates, launch: &Launch, number: u64, now: Time) -> Vec<u64> {
    templates.wants(launch, Some(names(&["boto3"]))).expect("it is wanted");
    templates.made(launch, number, Meter::default(), now)
}

#[test]
fn the_first_start_teaches_and_later_ones_fork() {
    let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
    assert_eq!(templates.choose(&one, at(0)), (LEARNING, None));
    assert_eq!(templates.choose(&one, at(1)), (NOTHING, None), "one teacher is enough");
    assert_eq!(templates.choose(&one, at(61)), (LEARNING, None), "unless it never tells");
    assert_eq!(templates.wants(&one, Some(names(&["boto3"]))), Some(names(&["boto3"])));
    assert_eq!(templates.wants(&one, None), None, "one is enough");
    let coming = Choice { from: From::TemplateToCome, learns: false };
    assert_eq!(templates.choose(&one, at(62)), (coming, None));
    assert!(templates.is_coming(&one));
    assert_eq!(templates.made(&one, 7, Meter::default(), at(62)), Vec::<u64>::new());
    assert!(!templates.is_coming(&one));
    assert_eq!(templates.choose(&one, at(63)), (forked(7), None));
    assert_eq!(templates.wants(&one, None), None);
}

#[test]
fn another_revision_has_what_was_learned_and_no_more() {
    let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
    templates.choose(&one, at(0));
    make(&templates, &one, 7, at(0));
    let two = launch("f", "2", "python");
    assert_eq!(templates.wish(&two), (Wish::Make(names(&["boto3"])), Some(7)), "at once");
    assert_eq!(templates.wish(&two), (Wish::Wait, None));
    assert_eq!(templates.made(&one, 8, Meter::default(), at(1)), vec![8], "too late");
    templates.refuse(&two, "threads".to_owned());
    assert_eq!(templates.choose(&two, at(2)), (NOTHING, None));
    assert_eq!(templates.refused()[0].reason, "not started from a template: threads");
    let mut three = launch("f", "3", "python");
    three.package.code = PathBuf::from("/other");
    assert_eq!(templates.wish(&three), (Wish::Make(names(&["boto3"])), None), "another try");
    templates.made(&three, 9, Meter::default(), at(3));
    let choice = Choice { from: From::Template(9), learns: true };
    assert_eq!(templates.choose(&three, at(4)), (choice, None), "other code may import something else");
    assert_eq!(templates.choose(&three, at(4)), (forked(9), None));
    let wanted = templates.wants(&three, Some(names(&["numpy"])));
    assert_eq!(wanted, Some(names(&["boto3", "numpy"])));
    assert_eq!(templates.choose(&three, at(5)), (forked(9), None), "until the other one is there");
    assert_eq!(templates.made(&three, 10, Meter::default(), at(6)), [9]);
    let mut four = launch("f", "4", "python");
    Arc::make_mut(&mut four.runtime).name = "python3.13".to_owned();
    assert_eq!(templates.choose(&four, at(7)), (LEARNING, Some(10)), "another runtime, another function");
}

#[test]
fn what_was_never_called_has_a_template_where_few_are_made() {
    let templates = Templates::new(true);
    for number in 0..limits::TEMPLATES_AHEAD {
        let one = launch(&format!("f{number}"), "1", "python");
        assert_eq!(templates.wish(&one), (Wish::Make(vec![]), None));
    }
    let next = launch("next", "1", "python");
    assert_eq!(templates.wish(&next), (Wish::Settled, None));
    let first = launch("f0", "1", "python");
    templates.made(&first, 1, Meter::default(), at(0));
    assert_eq!(templates.wish(&next), (Wish::Make(vec![]), None));
    assert_eq!(templates.expire(at(301), false), [1], "nobody came");
}

#[test]
fn a_template_that_is_lost_is_made_again_but_not_for_ever() {
    let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
    templates.choose(&one, at(0));
    make(&templates, &one, 7, at(0));
    assert_eq!(templates.lose(&one, Some(7), "late".to_owned()), Some(7));
    assert_eq!(templates.lose(&one, Some(7), "late".to_owned()), None, "it is the same one");
    for lost in 2..=limits::TEMPLATE_LOSSES {
        assert_eq!(templates.choose(&one, at(1)), (NOTHING, None));
        assert_eq!(templates.wants(&one, None), Some(names(&["boto3"])), "{lost}");
        assert_eq!(templates.lose(&one, None, "late".to_owned()), None);
    }
    assert_eq!(templates.wants(&one, None), None);
    assert_eq!(templates.refused().len(), 1);
}

#[test]
fn a_function_that_is_gone_leaves_no_template() {
    let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
    templates.choose(&one, at(0));
    make(&templates, &one, 7, at(0));
    assert_eq!(templates.forget(&one.key), Some(7));
    assert!(!templates.lives(7));
    assert_eq!(templates.made(&one, 8, Meter::default(), at(0)), [8]);
    assert_eq!(templates.wish(&one), (Wish::Make(names(&["boto3"])), None), "what was learned stays");
}

#[test]
fn others_and_none_are_started_as_ever() {
    for (enabled, guest) in [(false, "python"), (true, "other")] {
        let (templates, one) = (Templates::new(enabled), launch("f", "1", guest));
        assert_eq!(templates.choose(&one, at(0)), (NOTHING, None));
        assert_eq!(templates.wish(&one), (Wish::Settled, None));
    }
}

#[test]
fn what_is_old_or_idle_goes_and_comes_again_when_it_is_asked_for() {
    for (seconds, short_of_memory, goes) in
        [(10, false, false), (61, true, true), (61, false, false), (901, false, true)]
    {
        let (templates, one) = (Templates::new(true), launch("f", "1", "python"));
        templates.choose(&one, at(0));
        make(&templates, &one, 7, at(0));
        let gone = templates.expire(at(seconds), short_of_memory);
        assert_eq!(gone, if goes { vec![7] } else { vec![] }, "{seconds}");
        assert_eq!(templates.lives(7), !goes);
        let modules = templates.wants(&one, None);
        assert_eq!(modules, goes.then(|| vec!["boto3".to_owned()]));
    }
}

#[test]
fn beyond_the_bound_the_least_recently_used_goes() {
    let templates = Templates::new(true);
    let mut gone = Vec::new();
    for number in 0..limits::TEMPLATES as u64 + 2 {
        let one = launch(&format!("f{number}"), &number.to_string(), "python");
        templates.choose(&one, at(0));
        gone.extend(make(&templates, &one, number, at(number as i64)));
    }
    assert_eq!(gone, [0, 1]);
}
