//! JSON in its one spelling (RFC 8785), so that what is signed can be hashed again by others.
//!
//! Members are sorted by the UTF-16 units of their names, nothing is between the signs, texts escape only what must be,
//! and numbers are written as ECMAScript does.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// The canonical text of a value.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, (name, member)) in sorted.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Numbers are doubles, and are written with as few digits as tell them apart (ECMA-262 §6.1.6.1.20).
fn write_number(number: &Number, out: &mut String) {
    let value = number.as_f64().unwrap_or(0.0);
    if value == 0.0 {
        out.push('0');
        return;
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the point stands, counted from before the first digit.
    let point = exponent + 1;
    out.push_str(sign);
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    let split = |at: i32| {
        let at = usize::try_from(at).unwrap_or(0);
        let head: String = digits.chars().take(at).collect();
        let tail: String = digits.chars().skip(at).collect();
        (head, tail)
    };
    if (count..=21).contains(&point) {
        out.push_str(&digits);
        out.push_str(&zeros(point - count));
    } else if (1..=21).contains(&point) {
        let (head, tail) = split(point);
        let _infallible = write!(out, "{head}.{tail}");
    } else if (-5..=0).contains(&point) {
        let _infallible = write!(out, "0.{}{digits}", zeros(-point));
    } else {
        let (head, tail) = split(1);
        let dot = if tail.is_empty() { "" } else { "." };
        let _infallible = write!(out, "{head}{dot}{tail}e{exponent:+}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_sorted_by_utf16_and_nothing_is_between() {
        // The example of RFC 8785 §3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis"
        });
        assert_eq!(
            canonical(&value),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"Latin Small Letter O With \
             Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew \
             Letter Dalet With Dagesh\"}"
        );
        let value = json!({"b": [1, {"z": null, "a": true}], "a": ""});
        assert_eq!(canonical(&value), r#"{"a":"","b":[1,{"a":true,"z":null}]}"#);
    }

    #[test]
    fn texts_escape_only_what_must_be() {
        assert_eq!(
            canonical(&json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/</\u{7f}\u{2028}")),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/</\u{7f}\u{2028}\""
        );
    }

    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (number, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1", "1"),
            ("1.0", "1"),
            ("-71.184902", "-71.184902"),
            ("25.273962", "25.273962"),
            ("4.50", "4.5"),
            ("2e-3", "0.002"),
            ("0.000001", "0.000001"),
            ("1e-7", "1e-7"),
            ("1.5e-7", "1.5e-7"),
            ("1E30", "1e+30"),
            ("333333333.33333329", "333333333.3333333"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("123456789012345678", "123456789012345680"),
            ("9007199254740993", "9007199254740992"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("-1e-27", "-1e-27"),
        ] {
            let value = match number.parse::<i64>() {
                Ok(whole) => json!(whole),
                Err(_) => json!(number.parse::<f64>().unwrap()),
            };
            assert_eq!(canonical(&value), expected, "{number}");
        }
    }
}
