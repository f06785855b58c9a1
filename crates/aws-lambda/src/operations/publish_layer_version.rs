//! `PublishLayerVersion`: a package that functions share, as the next version of a layer.

use async_trait::async_trait;
use model::{Failure, Permission};
use registry::LayerKey;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Call, Operation, Route};

use crate::code_source::CodeSource;
use crate::constraints::Constraints;
use crate::engine::LayerDraft;
use crate::{Lambda, layers, limits, runtimes};

pub const ROUTE: Route = Route::new("POST", "/2018-10-31/layers/{LayerName}/versions", 201);

pub struct PublishLayerVersion;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    layer_name: String,
    description: Option<String>,
    content: Option<CodeSource>,
    compatible_runtimes: Option<Vec<String>>,
    compatible_architectures: Option<Vec<String>>,
    license_info: Option<String>,
}

#[async_trait]
impl Operation for PublishLayerVersion {
    type Face = Lambda;
    type Input = Input;
    type Output = Map<String, Value>;

    const NAME: &'static str = "PublishLayerVersion";

    async fn permissions(_: &Lambda, call: &Call, input: &Input) -> Result<Vec<Permission>, Failure> {
        let key = input.check(call)?;
        let permission = Permission::new("lambda:PublishLayerVersion", key.arn().to_string());
        Ok(vec![permission.owned_by(key.account)])
    }

    async fn run(face: &Lambda, call: &Call, input: Input) -> Result<Self::Output, Failure> {
        let key = input.check(call)?;
        let source = input.content.unwrap_or_default();
        let zip = source.zip(call, face.engine.parts.buckets.as_ref()).await?;
        let draft = LayerDraft {
            key,
            description: input.description.unwrap_or_default(),
            license: input.license_info,
            runtimes: input.compatible_runtimes,
            architectures: input.compatible_architectures,
        };
        let version = face.engine.publish_layer(draft, zip).await?;
        face.shown_layer(call, &version).await
    }
}

impl Input {
    /// Which layer it is about; fails when anything is malformed or asks for what is not built.
    fn check(&self, call: &Call) -> Result<LayerKey, Failure> {
        let mut constraints = Constraints::default();
        constraints.present("content", self.content.as_ref());
        constraints.length("description", self.description.as_deref(), limits::DESCRIPTION_CHARS);
        constraints.length("licenseInfo", self.license_info.as_deref(), limits::LICENSE_CHARS);
        if let Some(content) = &self.content {
            content.check("content.", &mut constraints);
        }
        let (runtimes, architectures) = (&self.compatible_runtimes, &self.compatible_architectures);
        let (most, all) = (limits::LAYER_RUNTIMES, runtimes::of_layers());
        check_list(&mut constraints, "compatibleRuntimes", runtimes.as_deref(), most, &all);
        let (most, all) = (limits::LAYER_ARCHITECTURES, layers::ARCHITECTURES);
        check_list(&mut constraints, "compatibleArchitectures", architectures.as_deref(), most, &all);
        constraints.end()?;
        if let Some(content) = &self.content {
            content.refuse_unbuilt(PublishLayerVersion::NAME)?;
        }
        Ok(layers::layer(call, &self.layer_name)?)
    }
}

fn check_list(
    constraints: &mut Constraints,
    member: &str,
    asked: Option<&[String]>,
    most: usize,
    all: &[&str],
) {
    let Some(asked) = asked else { return };
    let shown = format!("[{}]", asked.join(", "));
    if asked.len() > most {
        constraints.fails(member, &shown, format!("Member must have length less than or equal to {most}"));
    }
    if asked.iter().any(|one| !all.contains(&one.as_str())) {
        let rule = format!(
            "Member must satisfy constraint: [Member must satisfy enum value set: [{}], Member must not be null]",
            all.join(", ")
        );
        constraints.fails(member, &shown, rule);
    }
}
