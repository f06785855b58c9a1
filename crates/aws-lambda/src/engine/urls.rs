//! Function URLs: whose an id is, and what changes of one.

use model::{Failure, Fault, Internal};
use registry::{Function, FunctionUrl};

use super::Engine;
use crate::faults;
use crate::names::{LATEST, Named};

/// What a URL is kept under.
pub fn url_of<'a>(function: &'a Function, named: &Named) -> Option<&'a FunctionUrl> {
    function.urls.get(named.qualifier.as_deref().unwrap_or(LATEST))
}

impl Engine {
    /// The function URL with this id, and what it calls; `None` when there is none.
    pub async fn of_url(&self, id: &str) -> Result<Option<(Named, FunctionUrl)>, Internal> {
        let Some(owner) = self.parts.registry.url_owner(id).await? else { return Ok(None) };
        let Some(function) = self.parts.registry.get(&owner.function).await? else { return Ok(None) };
        // It may have been given up since.
        let Some(url) = function.urls.get(&owner.qualifier).filter(|url| url.id == id) else {
            return Ok(None);
        };
        let qualifier = Some(owner.qualifier).filter(|qualifier| qualifier != LATEST);
        Ok(Some((Named { key: owner.function, qualifier }, url.clone())))
    }

    /// Makes of the URL that is named what `change` says of the one that there is: `None` is that there is none.
    /// Gives what it is then.
    pub async fn change_url(
        &self,
        named: &Named,
        change: impl Fn(Option<&FunctionUrl>) -> Result<Option<FunctionUrl>, Fault> + Send + Sync,
    ) -> Result<Option<FunctionUrl>, Failure> {
        let qualifier = named.qualifier.as_deref().unwrap_or(LATEST);
        let put = |function: &Function| {
            if qualifier != LATEST && !function.aliases.contains_key(qualifier) {
                return Err(faults::alias_not_found(&named.arn()));
            }
            let mut after = function.clone();
            match change(function.urls.get(qualifier))? {
                Some(url) => drop(after.urls.insert(qualifier.to_owned(), url)),
                None => drop(after.urls.remove(qualifier)),
            }
            Ok(after)
        };
        let (_, after) = self.change(&named.key, put).await?;
        Ok(after.urls.get(qualifier).cloned())
    }
}
