//! Tables of what is taken when, with as little in memory as can be and with everything.

use std::collections::BTreeMap;

use super::*;

const LITTLE: Reach = Reach { known: 1, part: 1, most: 3 };

fn at(seconds: i64) -> Time {
    Time::from_millis(seconds * 1000)
}

/// A queue, and the rows that the store has of it.
struct Stage {
    index: Index,
    rows: BTreeMap<Sequence, Place>,
}

impl Stage {
    fn new(reach: Reach) -> Self {
        Self { index: Index::new(reach, at(0)), rows: BTreeMap::new() }
    }

    fn put(&mut self, sequence: Sequence, group: Option<&str>, visible: Time, receives: u32) {
        let group = group.map(str::to_owned);
        self.rows.insert(sequence, Place { sequence, sent: at(0), visible, receives, group });
    }

    fn read(&mut self, unread: Unread, now: Time) {
        // The stages are read in parts of one; that what is left ends a part is what `next` says.
        let place = |(_, place): (_, &Place)| (place.clone(), place.group.clone());
        match unread {
            Unread::Messages(from) => {
                let read: Vec<_> = self.rows.range(from..).map(place).take(1).collect();
                let next = read.first().map(|(place, _)| place.sequence + 1);
                self.index.learn_messages(read, next);
            }
            Unread::Delayed(from) => {
                let delayed = self.rows.values().filter(|place| place.receives == 0);
                let due = |place: &Place| ((place.visible, place.sequence), place.group.clone());
                let mut all: Vec<_> = delayed.map(due).filter(|(due, _)| *due >= from).collect();
                all.sort();
                all.truncate(1);
                let next = all.first().map(|((time, sequence), _)| (*time, sequence + 1));
                self.index.learn_delayed(all, next, now);
            }
        }
    }

    fn take(&mut self, most: usize, now: Time) -> Vec<Sequence> {
        let until = Time::from_millis(now.as_millis() + 30_000);
        loop {
            let unread = self.index.begin_reading(now);
            unread.into_iter().for_each(|unread| self.read(unread, now));
            let taken = self.index.take(most, now, until, || 1);
            for taken in &taken {
                self.rows.get_mut(&taken.sequence).unwrap().receives += 1;
            }
            if unread.is_none() || !taken.is_empty() {
                return taken.into_iter().map(|taken| taken.sequence).collect();
            }
        }
    }
}

/// Plays `add 1[/g][@visible]`, `fly 1[/g]@until`, `take n@now`, `hide 1@until`, `remove 1`; tells what the takes got.
fn play(reach: Reach, script: &str) -> Vec<Vec<Sequence>> {
    let (mut stage, mut takes) = (Stage::new(reach), Vec::new());
    for step in script.split("; ") {
        let (verb, rest) = step.split_once(' ').unwrap();
        let (what, time) = rest.split_once('@').unwrap_or((rest, "0"));
        let (what, group) = what.split_once('/').map_or((what, None), |(what, group)| (what, Some(group)));
        let (number, time) = (what.parse().unwrap(), at(time.parse().unwrap()));
        match verb {
            "add" => {
                stage.put(number, group, time, 0);
                stage.index.add(number, group, time, at(0));
            }
            "fly" => {
                stage.put(number, group, time, 1);
                stage.index.add_in_flight(number, group, time, 1);
            }
            "hide" => stage.index.hide(number, time, at(1)),
            "remove" => {
                stage.rows.remove(&number);
                stage.index.remove(number);
            }
            "take" => takes.push(stage.take(number as usize, time)),
            other => panic!("no such step: {other}"),
        }
    }
    takes
}

#[test]
fn messages_are_taken_one_by_one_in_turn_and_come_back() {
    for (script, expected) in [
        ("take 1@0", vec![vec![]]),
        ("add 1; add 2; take 1@0; take 1@29; take 1@30", vec![vec![1], vec![2], vec![1]]),
        ("add 1@5; take 1@4; take 1@5", vec![vec![], vec![1]]),
        ("add 1@5; add 2@4; add 3@3; take 1@2; take 1@3; take 1@5; take 1@5; take 1@5", {
            vec![vec![], vec![3], vec![1], vec![2], vec![]]
        }),
        ("add 1; take 1@0; hide 1@0; take 1@1", vec![vec![1], vec![1]]),
        ("add 1; take 1@0; hide 1@100; take 1@99; take 1@100", vec![vec![1], vec![], vec![1]]),
        ("add 1; take 1@0; remove 1; take 1@99", vec![vec![1], vec![]]),
        ("add 1@9; remove 1; take 1@10", vec![vec![]]),
        ("fly 1@7; add 2; take 1@0; take 1@6; take 1@7", vec![vec![2], vec![], vec![1]]),
        ("add 1; add 2; add 3; add 4; take 1@0; add 5; take 1@0; take 1@0; take 1@0; take 1@0; take 1@0", {
            vec![vec![1], vec![2], vec![3], vec![4], vec![5], vec![]]
        }),
        // FIFO.
        ("add 1/a; add 2/a; add 3/b; take 1@0; take 1@0; take 1@0", vec![vec![1], vec![3], vec![]]),
        ("add 1/a; add 2/a; take 1@0; remove 1; take 1@0", vec![vec![1], vec![2]]),
        ("add 1/a; add 2/a; take 1@0; take 1@30; take 1@30", vec![vec![1], vec![1], vec![]]),
        ("add 1/a; take 1@0; add 2/a; take 1@0; remove 1; take 1@0", vec![vec![1], vec![], vec![2]]),
        ("fly 1/a@7; add 2/a; take 1@0; take 1@7; take 1@7", vec![vec![], vec![1], vec![]]),
        // One far behind is in flight: nobody gets those before it of its group.
        ("add 1/a; add 2/b; fly 9/a@7; take 1@0; take 1@0; take 1@7", vec![vec![2], vec![], vec![1]]),
        ("add 1/a; add 2/a; remove 1; take 1@0", vec![vec![2]]),
        ("add 1/a@5; add 2/a; take 1@0; take 1@5", vec![vec![2], vec![]]),
    ] {
        assert_eq!(play(Reach::default(), script), expected, "{script}");
        assert_eq!(play(LITTLE, script), expected, "with little in memory: {script}");
    }
}

#[test]
fn several_are_taken_at_once() {
    for (script, expected) in [
        ("add 1; add 2; add 3; take 1@0; take 9@0; take 9@30", vec![vec![1], vec![2, 3], vec![1, 2, 3]]),
        ("add 1/a; add 2/b; add 3/a; take 9@0; take 9@0", vec![vec![1, 2, 3], vec![]]),
        ("add 1/a; add 2/a; take 1@0; take 9@30", vec![vec![1], vec![1, 2]]),
        ("add 1/a; add 2/a; take 2@0; remove 2; take 9@0; remove 1; take 9@0", {
            vec![vec![1, 2], vec![], vec![]]
        }),
        ("fly 1/a@7; add 2/a; take 9@0; take 9@7", vec![vec![], vec![1, 2]]),
    ] {
        // What was read already is known at once.
        let known = format!("take 1@0; {script}");
        assert_eq!(play(Reach::default(), &known)[1..], expected, "{script}");
    }
}

#[test]
fn so_many_are_looked_through_for_a_group_that_is_free() {
    let script =
        "add 1/a; add 2/a; add 3/a; add 4/a; add 5/b; take 1@0; take 1@0; remove 1; take 1@0; take 1@0";
    assert_eq!(play(Reach::default(), script), vec![vec![1], vec![5], vec![2], vec![]]);
    // With three of a group that is not, memory is full.
    assert_eq!(play(LITTLE, script), vec![vec![1], vec![], vec![2], vec![5]]);
}

#[test]
fn what_is_in_flight_is_counted_and_a_receipt_speaks_of_the_last_receive() {
    let mut stage = Stage::new(Reach::default());
    stage.take(1, at(0));
    for (sequence, group, visible) in [(1, None, at(0)), (3, None, at(9))] {
        stage.put(sequence, group, visible, 0);
        stage.index.add(sequence, group, visible, at(0));
    }
    assert_eq!((stage.index.in_flight(at(0)), stage.index.next_due()), (0, Some(at(9))));
    stage.index.take(1, at(0), at(5), || 77);
    assert_eq!((stage.index.in_flight(at(0)), stage.index.next_due()), (1, Some(at(5))));
    assert_eq!(stage.index.check(1, 77, at(4)), Ok(()));
    assert_eq!(stage.index.check(1, 76, at(4)), Err(NotInFlight::Other));
    assert_eq!(stage.index.check(1, 77, at(5)), Err(NotInFlight::Landed));
}

#[test]
fn what_is_purged_does_not_come_back_and_what_came_since_does() {
    for reach in [LITTLE, Reach::default()] {
        let mut stage = Stage::new(reach);
        for (sequence, visible) in [(1, 0), (2, 0), (3, 5), (11, 0), (12, 5)] {
            stage.put(sequence, None, at(visible), 0);
            stage.index.add(sequence, None, at(visible), at(0));
        }
        assert_eq!(stage.take(1, at(0)), [1]);
        stage.index.remove_before(10);
        stage.rows.retain(|sequence, _| *sequence > 10);
        assert_eq!((stage.take(1, at(9)), stage.take(1, at(9))), (vec![11], vec![12]));
        stage.put(4, None, at(0), 0);
        stage.index.look_anew();
        assert_eq!((stage.take(1, at(9)), stage.take(1, at(99))), (vec![4], vec![4]));
    }
}
