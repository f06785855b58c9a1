//! Questions for names and what is answered. Source: RFC 1035, RFC 6891.

use std::net::Ipv4Addr;

use model::Internal;
use simple_dns::rdata::RData;
use simple_dns::{Packet, PacketFlag, QTYPE, RCODE, TYPE};

use crate::limits;

/// What a datagram holds for those who do not say that they take more. RFC 1035, 2.3.4.
const DATAGRAM: u16 = 512;

/// A question that can be answered.
pub struct Query {
    pub bytes: Vec<u8>,
    /// In lower case, without a dot at its end.
    pub name: String,
    pub asks_for_version_6: bool,
    /// Of an answer in a datagram.
    most: usize,
}

/// An answer of our own.
#[derive(Clone, Copy)]
pub enum Verdict {
    Refused,
    Failed,
    /// The name is there, but what was asked for is not.
    Nothing,
    /// To be asked again on a connection.
    TooLong,
}

impl Query {
    /// `None` where it is no question for one name.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let packet = Packet::parse(bytes).ok().filter(|packet| !packet.has_flags(PacketFlag::RESPONSE))?;
        let [question] = packet.questions.as_slice() else { return None };
        let name = question.qname.to_string().to_ascii_lowercase();
        // A dot within a label would make it look like another name.
        let labels = question.qname.get_labels().len();
        if labels == 0 || name.split('.').count() != labels {
            return None;
        }
        let most = packet.opt().map_or(DATAGRAM, |options| options.udp_packet_size.max(DATAGRAM));
        let asks_for_version_6 = question.qtype == QTYPE::TYPE(TYPE::AAAA);
        Some(Self { bytes: bytes.to_vec(), name, asks_for_version_6, most: most.into() })
    }

    pub fn answer(&self, verdict: Verdict) -> Vec<u8> {
        let Ok(query) = Packet::parse(&self.bytes) else { return Vec::new() };
        let mut reply = Packet::new_reply(query.id());
        reply.set_flags(query_flags(&query));
        reply.questions = query.questions;
        match verdict {
            Verdict::Refused => *reply.rcode_mut() = RCODE::Refused,
            Verdict::Failed => *reply.rcode_mut() = RCODE::ServerFailure,
            Verdict::Nothing => {}
            Verdict::TooLong => reply.set_flags(PacketFlag::TRUNCATION),
        }
        reply.build_bytes_vec().unwrap_or_default()
    }

    /// The answer, where a datagram holds it.
    pub fn fit(&self, answer: Vec<u8>) -> Vec<u8> {
        if answer.len() <= self.most.min(limits::NAME_ANSWER) {
            answer
        } else {
            self.answer(Verdict::TooLong)
        }
    }
}

fn query_flags(query: &Packet<'_>) -> PacketFlag {
    let wanted = PacketFlag::RECURSION_DESIRED;
    if query.has_flags(wanted) {
        wanted | PacketFlag::RECURSION_AVAILABLE
    } else {
        PacketFlag::RECURSION_AVAILABLE
    }
}

/// The addresses of version 4 in an answer, with the seconds that they hold.
pub fn addresses(answer: &[u8]) -> Result<Vec<(Ipv4Addr, u32)>, Internal> {
    let packet = Packet::parse(answer).map_err(Internal::because("reading the addresses of a name"))?;
    let address = |record: &simple_dns::ResourceRecord<'_>| match &record.rdata {
        RData::A(found) => Some((Ipv4Addr::from(found.address), record.ttl)),
        _ => None,
    };
    Ok(packet.answers.iter().filter_map(address).collect())
}

#[cfg(test)]
mod tests {
    use simple_dns::{CLASS, Name, QCLASS, Question, ResourceRecord};

    use super::*;

    fn question(name: &str, kind: TYPE) -> Vec<u8> {
        let mut packet = Packet::new_query(7);
        let name = Name::new_unchecked(name);
        packet.questions.push(Question::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn questions_are_read_and_answered() {
        let bytes = question("API.Example.com", TYPE::AAAA);
        let query = Query::read(&bytes).unwrap();
        assert_eq!((&*query.name, query.asks_for_version_6, query.most), ("api.example.com", true, 512));
        for (verdict, rcode, truncated) in [
            (Verdict::Refused, RCODE::Refused, false),
            (Verdict::Failed, RCODE::ServerFailure, false),
            (Verdict::Nothing, RCODE::NoError, false),
            (Verdict::TooLong, RCODE::NoError, true),
        ] {
            let answer = query.answer(verdict);
            let read = Packet::parse(&answer).unwrap();
            assert_eq!((read.id(), read.rcode()), (7, rcode));
            assert_eq!(read.has_flags(PacketFlag::TRUNCATION), truncated);
            assert_eq!(read.questions.len(), 1);
        }
        assert!(query.fit(vec![0; 513]).len() < 512);
    }

    #[test]
    fn what_is_no_question_is_not_answered() {
        let mut answer = question("a.example", TYPE::A);
        answer[2] |= 0x80;
        let mut dotted = question("axexample", TYPE::A);
        let letter = dotted.iter().position(|byte| *byte == b'x').unwrap();
        dotted[letter] = b'.';
        for bytes in [answer, dotted, vec![], vec![0; 12], vec![255; 40]] {
            assert!(Query::read(&bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn addresses_are_found_behind_aliases() {
        let mut packet = Packet::new_reply(1);
        let alias = RData::CNAME(Name::new_unchecked("b.example").into());
        packet.answers.push(ResourceRecord::new(Name::new_unchecked("a.example"), CLASS::IN, 60, alias));
        let address = RData::A(simple_dns::rdata::A { address: 0x5DB8_D822 });
        packet.answers.push(ResourceRecord::new(Name::new_unchecked("b.example"), CLASS::IN, 30, address));
        let answer = packet.build_bytes_vec().unwrap();
        assert_eq!(addresses(&answer).unwrap(), [(Ipv4Addr::new(93, 184, 216, 34), 30)]);
        assert!(addresses(&answer[..answer.len() - 1]).is_err());
    }
}
