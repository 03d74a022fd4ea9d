//! Canonical JSON (RFC 8785), written as a value is serialized: no tree is made of it first.

use std::borrow::Cow;

use serde::ser::{self, Error as _, Serialize};
use serde_json::Error;

use crate::json::{Value, write_string};

/// Writes one value after the other.
pub(crate) struct Writer {
    pub text: String,
}

/// An array or object under way; of an object, where each member begins and ends.
pub(crate) struct Compound<'w> {
    writer: &'w mut Writer,
    start: usize,
    members: Vec<Member>,
    /// For a variant with members: what stands around them.
    close: &'static str,
}

struct Member {
    /// Where the name stands, without its quotes, where the value ends.
    start: usize,
    end: usize,
    name: Cow<'static, str>,
}

impl Writer {
    fn open(&mut self, mark: char, close: &'static str) -> Compound<'_> {
        let start = self.text.len();
        self.text.push(mark);
        Compound { writer: self, start, members: Vec::new(), close }
    }

    /// `{"variant":`
    fn variant(&mut self, variant: &str) {
        self.text.push('{');
        write_string(variant, &mut self.text);
        self.text.push(':');
    }

    fn scalar(&mut self, value: &Value) {
        value.write_canonical(&mut self.text);
    }
}

impl Compound<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        if self.writer.text.len() > self.start + 1 {
            self.writer.text.push(',');
        }
        item.serialize(&mut *self.writer)
    }

    fn name(&mut self, name: Cow<'static, str>) {
        let start = self.writer.text.len();
        write_string(&name, &mut self.writer.text);
        self.writer.text.push(':');
        self.members.push(Member { start, end: start, name });
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.text.len();
        let member = self.members.last_mut().ok_or_else(|| Error::custom("a value without a name"))?;
        member.end = end;
        Ok(())
    }

    fn end_array(self) {
        self.writer.text.push(']');
        self.writer.text.push_str(self.close);
    }

    /// The members were written one after the other; here they are put in order.
    fn end_object(mut self) -> Result<(), Error> {
        let written = self.writer.text.split_off(self.start + 1);
        // RFC 8785 §3.2.3 sorts by UTF-16 code units, which differs from bytes beyond the BMP.
        self.members.sort_by(|one, other| one.name.encode_utf16().cmp(other.name.encode_utf16()));
        let offset = self.start + 1;
        for (place, member) in self.members.iter().enumerate() {
            if place > 0 {
                self.writer.text.push(',');
            }
            let text = written.get(member.start - offset..member.end - offset);
            self.writer.text.push_str(text.ok_or_else(|| Error::custom("a member without a value"))?);
        }
        self.writer.text.push('}');
        self.writer.text.push_str(self.close);
        Ok(())
    }
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'w>;
    type SerializeTuple = Compound<'w>;
    type SerializeTupleStruct = Compound<'w>;
    type SerializeTupleVariant = Compound<'w>;
    type SerializeMap = Compound<'w>;
    type SerializeStruct = Compound<'w>;
    type SerializeStructVariant = Compound<'w>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.scalar(&Value::Bool(value));
        Ok(())
    }
    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.scalar(&Value::Int(value));
        Ok(())
    }
    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }
    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.scalar(&Value::of(value.into()));
        Ok(())
    }
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.scalar(&Value::of(value.into()));
        Ok(())
    }
    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        write_string(value, &mut self.text);
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.scalar(&Value::Null);
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.scalar(&Value::Null);
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.scalar(&Value::Null);
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, variant: &'static str, value: &T) -> Result<(), Error> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.text.push('}');
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'w>, Error> {
        Ok(self.open('[', ""))
    }
    fn serialize_tuple(self, _: usize) -> Result<Compound<'w>, Error> {
        Ok(self.open('[', ""))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        Ok(self.open('[', ""))
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        self.variant(variant);
        Ok(self.open('[', "}"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'w>, Error> {
        Ok(self.open('{', ""))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        Ok(self.open('{', ""))
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Compound<'w>, Error> {
        self.variant(variant);
        Ok(self.open('{', "}"))
    }
}

macro_rules! array {
    ($($of:ident $item:ident),*) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Error;
            fn $item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
                self.item(item)
            }
            fn end(self) -> Result<(), Error> {
                self.end_array();
                Ok(())
            }
        }
    )*};
}
array!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field);

macro_rules! object {
    ($($of:ident),*) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Error;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.name(Cow::Borrowed(name));
                self.value(value)
            }
            fn end(self) -> Result<(), Error> {
                self.end_object()
            }
        }
    )*};
}
object!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Error> {
        match serde_json::to_value(name)? {
            serde_json::Value::String(name) => self.name(Cow::Owned(name)),
            serde_json::Value::Number(name) => self.name(Cow::Owned(name.to_string())),
            other => return Err(Error::custom(format!("a name that is no text: {other}"))),
        }
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value)
    }
    fn end(self) -> Result<(), Error> {
        self.end_object()
    }
}
