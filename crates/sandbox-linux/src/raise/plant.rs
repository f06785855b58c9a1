//! Having templates made and looked after, beside all else.

use std::sync::Arc;

use bytes::Bytes;
use model::Internal;
use sandbox::Launch;

use super::Raiser;
use crate::meter::Meter;
use crate::plan::Unfit;
use crate::request::{Request, Seed};
use crate::spawner::NotStarted;
use crate::templates::Wish;
use crate::{limits, survey};

impl Raiser {
    /// Has a template of `launch` made where that can be done before it was called, and waits for it.
    pub async fn prepare(&self, launch: &Arc<Launch>) {
        let (wish, replaced) = self.0.templates.wish(launch);
        self.retire(replaced);
        match wish {
            Wish::Make(modules) => self.begin(launch, modules),
            Wish::Wait => {}
            Wish::Settled => return,
        }
        self.await_template(launch).await;
    }

    /// An instance of `launch` has done its first work: its guest may have told what it imports, as a JSON list of
    /// names. Has a template made when that makes one possible, or better.
    pub fn learn(&self, launch: &Arc<Launch>, imports: Option<Bytes>) {
        let told = imports.and_then(|imports| {
            (imports.len() <= limits::MODULES).then(|| serde_json::from_slice(&imports).ok()).flatten()
        });
        if let Some(modules) = self.0.templates.wants(launch, told) {
            self.begin(launch, modules);
        }
    }

    /// Until the template that is being made is there, or will not be, or takes longer than it is worth.
    pub(super) async fn await_template(&self, launch: &Launch) {
        let until = self.clock().now() + limits::READINESS;
        loop {
            let settled = self.0.templates.settled.notified();
            tokio::pin!(settled);
            // Registers before looking, so that no end slips between.
            settled.as_mut().enable();
            if !self.0.templates.is_coming(launch) {
                return;
            }
            tokio::select! {
                () = settled => {}
                () = self.clock().sleep_until(until) => return,
            }
        }
    }

    fn begin(&self, launch: &Arc<Launch>, modules: Vec<String>) {
        let (raiser, launch) = (self.clone(), Arc::clone(launch));
        self.0.surroundings.tasks.work("template", async move { raiser.plant(&launch, modules).await });
    }

    async fn plant(&self, launch: &Launch, modules: Vec<String>) {
        let (plan, model) = match self.template_plans(launch) {
            Ok(plans) => plans,
            Err(error) => return self.do_without(launch, None, NotStarted::Internal(error)),
        };
        let id = plan.id;
        match self.0.spawner.plant(plan, Seed { modules, model }).await {
            Ok(started) => {
                let mut meter = Meter::default();
                for (handed, descriptor) in started.handed {
                    drop(meter.keep(handed, descriptor));
                }
                self.retire(self.0.templates.made(launch, id, meter, self.clock().now()));
                self.attend(id);
            }
            Err(error) => {
                self.retire([id]);
                self.do_without(launch, None, error);
            }
        }
    }

    /// Looks after a template until it is gone.
    fn attend(&self, template: u64) {
        let raiser = self.clone();
        self.0.surroundings.tasks.wait("template-care", async move {
            while raiser.0.templates.lives(template) {
                raiser.clock().sleep_until(raiser.clock().now() + limits::TEMPLATE_ROUND).await;
                let gone = raiser.0.templates.expire(raiser.clock().now(), survey::is_short_of_memory());
                raiser.retire(gone);
            }
        });
    }

    /// The launch's template, or the one that was to be made, is of no use.
    pub(super) fn do_without(&self, launch: &Launch, template: Option<u64>, error: NotStarted) {
        let may_be_another = matches!(error, NotStarted::Unfit(Unfit::Lost(_)));
        let (templates, error) = (&self.0.templates, Internal::from(error));
        tracing::info!(function = %launch.function, %error, may_be_another, "a function has no template");
        let reason = error.to_string();
        let gone = if may_be_another {
            templates.lose(launch, template, reason)
        } else {
            templates.refuse(launch, reason)
        };
        self.retire(gone);
    }

    pub(super) fn retire(&self, templates: impl IntoIterator<Item = u64>) {
        for template in templates {
            self.0.spawner.tell(Request::Retire { template });
        }
    }
}
