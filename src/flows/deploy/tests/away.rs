//! Deployments that are built elsewhere, and looked after until they are.

use super::*;

impl World {
    /// One look at a deployment that is built elsewhere; `done` once it has been.
    fn look(&self, wanted: &Wanted, stage: Stage, done: bool) -> Result<Ended, Fault> {
        let means = Means {
            ledger: &self.ledger,
            blobs: &self.blobs,
            shelf: &self.shelf,
            clock: &Stopped,
            gate: &self.gate,
        };
        let build = async || {
            self.builds.set(self.builds.get() + 1);
            let mut built = built("page", &["x", "y"]);
            let preview = built.preview.as_mut().unwrap();
            // Contents come from where they were put.
            preview.made.clear();
            Ok(done.then_some(built))
        };
        let read = async |hash: &ContentHash| {
            let texts = ["page", "x", "y"].into_iter();
            let mut texts = texts.filter(|text| ContentHash::of(text.as_bytes()) == *hash);
            Ok(texts.next().map(|text| text.as_bytes().to_vec()))
        };
        run(deploy(&app(), wanted, stage, &means, build, read))
    }

    fn states(&self, id: &str) -> Vec<DeploymentState> {
        let entries = self.ledger.entries.borrow();
        let entry = entries.iter().find(|entry| entry.wanted.id == id);
        entry.map(|entry| entry.states.clone()).unwrap()
    }
}

#[test]
fn it_is_building_until_it_is_there_and_then_goes_live_like_any_other() {
    let world = World::default();
    let wanted = wanted("a", Tier::Production, 1);
    assert_eq!(world.look(&wanted, Stage::Begins, false), Ok(Ended::Away));
    for _ in 0..3 {
        assert_eq!(world.look(&wanted, Stage::Away, false), Ok(Ended::Away));
        assert_eq!(world.state("a"), DeploymentState::Building);
    }
    assert_eq!(world.look(&wanted, Stage::Away, true), Ok(Ended::Live));
    use DeploymentState::*;
    assert_eq!(world.states("a"), [Queued, Building, Uploading, Live]);
    world.holds();
}

#[test]
fn a_newer_one_overtakes_it_and_nothing_is_asked_any_more() {
    let world = World::default();
    let older = wanted("a", Tier::Production, 1);
    world.look(&older, Stage::Begins, false).unwrap();
    let newer = wanted("b", Tier::Production, 2);
    assert_eq!(world.deploy(&newer, "p", &["x"]), Ok(Ended::Live));
    let asked = world.builds.get();
    assert_eq!(world.look(&older, Stage::Away, true), Ok(Ended::Overtaken));
    assert_eq!(world.builds.get(), asked);
    assert_eq!(world.state("b"), DeploymentState::Live);
    world.holds();
}

#[test]
fn whatever_call_fails_while_it_is_away_it_ends_live_and_whole() {
    for lose in [false, true] {
        for calls in 0.. {
            let world = World::default();
            let wanted = wanted("a", Tier::Production, 1);
            world.ledger.fail_after(calls, lose);
            let (mut stage, mut looks, mut tries) = (Stage::Begins, 0, 0);
            let ended = loop {
                match world.look(&wanted, stage, looks > 1) {
                    Ok(Ended::Away) => (stage, looks) = (Stage::Away, looks + 1),
                    Ok(ended) => break ended,
                    Err(_) => tries += 1,
                }
                assert!(tries < 5);
                world.holds();
            };
            let failed = world.ledger.has_failed();
            assert!(matches!(ended, Ended::Live | Ended::Overtaken));
            assert_eq!(world.state("a"), DeploymentState::Live);
            world.holds();
            if !failed {
                // Open, building; two looks; uploading, live.
                assert_eq!(calls, 6);
                break;
            }
        }
    }
}
