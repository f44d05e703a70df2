//! One call of a function: its arguments, with errors in words.

use cel::common::types::{CelBool, CelInt, CelList, CelNull, CelString, CelUInt};
use cel::common::value::{CowVal, Val};

use crate::library::quoted;

/// What a function answers: a value, or what is wrong with its arguments.
pub(crate) type Answer<'v> = Result<Box<dyn Val + 'v>, String>;

/// The arguments of a call; the text before the dot of `text.lower()` is the first of them.
pub(crate) struct Call<'c, 'v>(pub(crate) &'c [CowVal<'c, 'v>]);

impl<'c, 'v> Call<'c, 'v> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The argument as it is. There is one: the library counts them before the call.
    pub(crate) fn value(&self, index: usize) -> &'c (dyn Val + 'v) {
        self.0[index].as_ref()
    }

    /// A text; null is the empty one, and so is a list of none. A list of one text is that text.
    pub(crate) fn text(&self, index: usize) -> Result<&'c str, String> {
        let mut value = self.value(index);
        if let Some(list) = value.downcast_ref::<CelList>() {
            match list.inner() {
                [] => return Ok(""),
                [single] => value = single.as_ref(),
                several => {
                    let (place, count) = (index + 1, several.len());
                    return Err(format!(
                        "argument {place} has {count} values and should have one; take one of \
                         them, such as [0], or join them"
                    ));
                }
            }
        }
        if let Some(text) = value.downcast_ref::<CelString>() {
            return Ok(text.inner());
        }
        if value.downcast_ref::<CelNull>().is_some() {
            return Ok("");
        }
        Err(self.wrong(index, "a text", "; string(…) makes one of it"))
    }

    /// A whole number, or a text that is one.
    pub(crate) fn number(&self, index: usize) -> Result<i64, String> {
        let value = self.value(index);
        let number = if let Some(number) = value.downcast_ref::<CelInt>() {
            Some(*number.inner())
        } else if let Some(number) = value.downcast_ref::<CelUInt>() {
            i64::try_from(*number.inner()).ok()
        } else if let Some(text) = value.downcast_ref::<CelString>() {
            text.inner().trim().parse().ok()
        } else {
            None
        };
        number.ok_or_else(|| self.wrong(index, "a whole number", ""))
    }

    /// A length: a whole number from 0 to 10,000.
    pub(crate) fn length(&self, index: usize) -> Result<usize, String> {
        let number = self.number(index)?;
        usize::try_from(number)
            .ok()
            .filter(|length| *length <= 10_000)
            .ok_or_else(|| {
                let place = index + 1;
                format!("argument {place} should be from 0 to 10000, not {number}")
            })
    }

    /// A list of texts; a text alone is a list of one, or of none if it is empty.
    pub(crate) fn list(&self, index: usize) -> Result<Vec<String>, String> {
        crate::texts(self.value(index))
            .map_err(|problem| format!("argument {}: {problem}", index + 1))
    }

    fn wrong(&self, index: usize, wanted: &str, hint: &str) -> String {
        let value = self.value(index);
        let found = match value.downcast_ref::<CelString>() {
            Some(text) => quoted(text.inner()),
            None => kind(value).to_owned(),
        };
        format!(
            "argument {} should be {wanted}, not {found}{hint}",
            index + 1
        )
    }
}

/// What a value is, in words.
pub(crate) fn kind(value: &dyn Val) -> &str {
    match value.get_type().name() {
        "string" => "a text",
        "int" | "uint" => "a whole number",
        "double" => "a number",
        "bool" => "true or false",
        "null_type" => "null",
        "list" => "a list",
        "map" => "a table",
        other => other,
    }
}

/// A text as a value.
pub(crate) fn string<'v>(text: impl Into<String>) -> Box<dyn Val + 'v> {
    Box::new(CelString::from(text.into()))
}

/// A list of texts as a value.
pub(crate) fn list<'v>(texts: impl IntoIterator<Item = String>) -> Box<dyn Val + 'v> {
    Box::new(CelList::from(
        texts.into_iter().map(string).collect::<Vec<_>>(),
    ))
}

/// True or false as a value.
pub(crate) fn truth<'v>(truth: bool) -> Box<dyn Val + 'v> {
    Box::new(CelBool::from(truth))
}

/// A whole number as a value.
pub(crate) fn whole<'v>(number: i64) -> Box<dyn Val + 'v> {
    Box::new(CelInt::from(number))
}

/// No value.
pub(crate) fn nothing<'v>() -> Box<dyn Val + 'v> {
    Box::new(CelNull)
}
