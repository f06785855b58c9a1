//! XML out, and XML in as a tree of small documents.

use std::fmt::{Display, Write as _};

use model::Fault;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::faults;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// How deep a document may be. Ours: S3's deepest has five levels.
const DEPTH: usize = 12;

/// An element being written.
pub struct Element {
    name: &'static str,
    attributes: String,
    inside: String,
}

impl Element {
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), inside: String::new() }
    }

    /// The outermost element of an answer.
    pub fn root(name: &'static str) -> Self {
        Self { attributes: format!(" xmlns=\"{NAMESPACE}\""), ..Self::new(name) }
    }

    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escaped(value));
        self
    }

    /// One more element with only text in it.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.inside, "<{name}>{}</{name}>", escaped(&value.to_string()));
        self
    }

    /// One more element with only text in it, when there is text.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        child.write(&mut self.inside);
        self
    }

    #[must_use]
    pub fn children(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Text directly inside.
    #[must_use]
    pub fn content(mut self, text: &str) -> Self {
        self.inside.push_str(&escaped(text));
        self
    }

    pub fn document(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        let Self { name, attributes, inside } = self;
        let _ = if inside.is_empty() {
            write!(text, "<{name}{attributes}/>")
        } else {
            write!(text, "<{name}{attributes}>{inside}</{name}>")
        };
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // AWS: keys may hold what XML 1.0 cannot; it is written as a reference all the same.
            control if (control as u32) < 0x20 || control as u32 == 0x7F => {
                let _ = write!(escaped, "&#x{:X};", control as u32);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// An element that was read: its name without namespace, its text, and the elements in it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    /// Reads a document whose outermost element has this name.
    pub fn document(bytes: &[u8], name: &str) -> Result<Self, Fault> {
        let root = read(bytes).ok_or_else(faults::malformed_xml)?;
        if root.name == name { Ok(root) } else { Err(faults::malformed_xml()) }
    }

    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The text of an element that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(faults::malformed_xml)
    }

    /// Fails when there is an element of another name.
    pub fn only(&self, names: &[&str]) -> Result<(), Fault> {
        let known = self.children.iter().all(|child| names.contains(&child.name.as_str()));
        if known { Ok(()) } else { Err(faults::malformed_xml()) }
    }
}

/// `None` when it is not well-formed, too deep, or declares a document type.
fn read(bytes: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                open.push(Node { name, ..Node::default() });
                if open.len() > DEPTH {
                    return None;
                }
            }
            Event::Empty(empty) => {
                let name = empty.local_name().as_ref().to_owned();
                open.last_mut()?.children.push(Node { name, ..Node::default() });
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(piece) => open.last_mut()?.text.push_str(&piece),
            Event::CData(piece) => open.last_mut()?.text.push_str(&piece),
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&name)?.to_owned(),
                };
                open.last_mut()?.text.push_str(&character);
            }
            Event::DocType(_) => return None,
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let top = open.pop().filter(|_| open.is_empty())?;
    let [root] = <[Node; 1]>::try_from(top.children).ok()?;
    Some(root)
}

fn close(open: &mut Vec<Node>) -> Option<()> {
    let mut node = open.pop()?;
    if !node.children.is_empty() {
        node.text.clear();
    }
    open.last_mut()?.children.push(node);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let odd = "a<b>&\"c'\n\u{1}é\u{7f}";
        let text = Element::root("R").text("K", odd).child(Element::new("E")).document();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                        <K>a&lt;b&gt;&amp;&quot;c'&#xA;&#x1;é&#x7F;</K><E/></R>";
        assert_eq!(text, expected);
        let whole = Node::document(text.replace("&#x1;", "").as_bytes(), "R").unwrap();
        assert_eq!(whole.get("K"), Some("a<b>&\"c'\né\u{7f}"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        let entity = "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>";
        for text in
            ["", "x", "<a>", "<a></b>", "<a/><a/>", "<b/>", "<a>&e;</a>", "<a>&#xZZ;</a>", &deep, entity]
        {
            assert!(Node::document(text.as_bytes(), "a").is_err(), "{text}");
        }
        assert!(Node::document(b"\xFF<a/>", "a").is_err());
        assert!(Node::document(b"<?xml version='1.0'?><!-- c --> <n:a xmlns:n='x'/> ", "a").is_ok());
    }
}
