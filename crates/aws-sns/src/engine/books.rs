//! Making, changing, finding and removing topics and subscriptions.

use std::sync::Arc;

use delivery::pattern::Pattern;
use model::{AccountId, Failure, Fault, Internal, Region};
use store::{CommitError, Expected, Record, Transaction};

use super::applications::Application;
use super::topic::{Subscription, Topic, TopicKey};
use super::{Engine, locked, rows};
use crate::faults;

/// A topic with all who are subscribed to it.
pub struct Ready {
    pub topic: Topic,
    pub subscriptions: Vec<ReadySubscription>,
}

/// A subscription whose filter was read.
pub struct ReadySubscription {
    pub subscription: Subscription,
    pub filter: Option<Pattern>,
}

impl Engine {
    /// The topic with its subscriptions; `None` when there is none.
    pub async fn ready(&self, key: &TopicKey) -> Result<Option<Arc<Ready>>, Internal> {
        if let Some(ready) = locked(&self.ready).get(key) {
            return Ok(Some(ready.clone()));
        }
        let Some(topic) = self.topic(key).await? else { return Ok(None) };
        let subscriptions = self.all(&rows::subscriptions(key)).await?;
        let ready = |subscription: Subscription| {
            let filter = subscription.attribute("FilterPolicy").and_then(|text| Pattern::read(text).ok());
            ReadySubscription { subscription, filter }
        };
        let ready = Arc::new(Ready { topic, subscriptions: subscriptions.into_iter().map(ready).collect() });
        locked(&self.ready).insert(key.clone(), ready.clone());
        // Somebody may have changed it between our look and here.
        if self.topic(key).await?.as_ref() != Some(&ready.topic) {
            locked(&self.ready).remove(key);
        }
        Ok(Some(ready))
    }

    pub async fn topic(&self, key: &TopicKey) -> Result<Option<Topic>, Internal> {
        let row = self.parts.table.get(&rows::topic(key)).await?;
        row.map(|row| store::decode(&row.value)).transpose()
    }

    /// Makes a topic; `false` when there is one of this key.
    pub async fn create(&self, topic: &Topic) -> Result<bool, Internal> {
        let row = rows::topic(&topic.key);
        let create = Transaction::new().expect(row.clone(), Expected::Absent).put(row, store::encode(topic)?);
        self.commit(&topic.key, create).await
    }

    /// Makes of a topic what `change` says.
    pub async fn change(
        &self,
        key: &TopicKey,
        change: impl Fn(&mut Topic) -> Result<(), Fault> + Send + Sync,
    ) -> Result<(), Failure> {
        loop {
            let row = self.parts.table.get(&rows::topic(key)).await?.ok_or_else(faults::no_topic)?;
            let mut topic: Topic = store::decode(&row.value)?;
            change(&mut topic)?;
            let put = Transaction::new()
                .expect(rows::topic(key), Expected::At(row.revision))
                .put(rows::topic(key), store::encode(&topic)?);
            if self.commit(key, put).await? {
                return Ok(());
            }
        }
    }

    /// Removes a topic with its subscriptions.
    pub async fn remove(&self, key: &TopicKey) -> Result<(), Internal> {
        let mut remove = Transaction::new().remove(rows::topic(key));
        for prefix in [rows::subscriptions(key), rows::sent_to(key)] {
            for entry in self.parts.table.range(&prefix, None, usize::MAX).await? {
                remove = remove.remove(entry.key);
            }
        }
        self.commit(key, remove).await?;
        self.forget_lately(key);
        Ok(())
    }

    pub async fn subscription(&self, topic: &TopicKey, id: &str) -> Result<Option<Subscription>, Internal> {
        let row = self.parts.table.get(&rows::subscription(topic, id)).await?;
        row.map(|row| store::decode(&row.value)).transpose()
    }

    /// Keeps a subscription as it is now, of a topic that is there.
    pub async fn keep(&self, subscription: &Subscription) -> Result<(), Failure> {
        let topic = &subscription.topic;
        let put = Transaction::new()
            .expect(rows::topic(topic), Expected::Present)
            .put(rows::subscription(topic, &subscription.id), store::encode(subscription)?);
        if self.commit(topic, put).await? { Ok(()) } else { Err(faults::no_topic().into()) }
    }

    pub async fn end(&self, subscription: &Subscription) -> Result<(), Failure> {
        let topic = &subscription.topic;
        self.commit(topic, Transaction::new().remove(rows::subscription(topic, &subscription.id))).await?;
        let ended = |topic: &mut Topic| {
            topic.deleted += 1;
            Ok(())
        };
        self.change(topic, ended).await
    }

    /// Topics of an account and region by name, up to `limit`, of those after a name.
    pub async fn topics(
        &self,
        account: &AccountId,
        region: &Region,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Topic>, Internal> {
        let all = rows::topics_of(account, region);
        let after = after.map(|name| all.clone().text(name));
        let entries = self.parts.table.range(&all, after.as_ref(), limit).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// Subscriptions to an account's topics.
    pub async fn subscriptions(
        &self,
        account: &AccountId,
        region: &Region,
    ) -> Result<Vec<Subscription>, Internal> {
        self.all(&rows::subscriptions_of(account, region)).await
    }

    /// Subscriptions to one topic.
    pub async fn subscriptions_to(&self, topic: &TopicKey) -> Result<Vec<Subscription>, Internal> {
        self.all(&rows::subscriptions(topic)).await
    }

    /// Removes every topic of an account: for test suites that begin anew.
    pub async fn wipe(&self, account: &AccountId) -> Result<(), Internal> {
        let topics: Vec<Topic> = self.all(&rows::topics().text(account.as_str())).await?;
        for topic in topics {
            self.remove(&topic.key).await?;
        }
        let mut below: Vec<_> = rows::OWNED.iter().map(|kind| rows::all_of(kind, account)).collect();
        let applications: Vec<Application> = self.all(&rows::all_of("application", account)).await?;
        below.extend(applications.iter().map(|application| rows::endpoints(&application.arn)));
        let mut remove = Transaction::new();
        for prefix in below {
            for entry in self.parts.table.range(&prefix, None, usize::MAX).await? {
                remove = remove.remove(entry.key);
            }
        }
        self.parts.table.commit(remove).await.map(drop).map_err(CommitError::unexpected)
    }

    async fn all<R: Record>(&self, prefix: &store::Key) -> Result<Vec<R>, Internal> {
        let entries = self.parts.table.range(prefix, None, usize::MAX).await?;
        entries.iter().map(|entry| store::decode(&entry.row.value)).collect()
    }

    /// `false` when something is not as expected. Nobody sends by what was known of the topic before.
    async fn commit(&self, key: &TopicKey, transaction: Transaction) -> Result<bool, Internal> {
        let committed = self.parts.table.commit(transaction).await;
        locked(&self.ready).remove(key);
        match committed {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Internal(internal)) => Err(internal),
        }
    }
}
