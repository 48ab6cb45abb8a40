//! Keys and signatures as texts: base58 with the prefix `z` (multibase), and Multikeys of Ed25519 (FEP-521a).

/// The signs of base58 as Bitcoin orders them.
const SIGNS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Longest text that is read: a signature has 88 signs.
const MAX_TEXT: usize = 200;
/// What stands before the 32 bytes of a public Ed25519 key (multicodec 0xed).
const ED25519_PUBLIC: [u8; 2] = [0xed, 0x01];

/// Bytes as multibase in base58.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    // Digits of base 58, the lowest first.
    let mut digits: Vec<u8> = Vec::with_capacity(bytes.len() * 138 / 100 + 1);
    for byte in bytes.iter().skip(zeros) {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = u8::try_from(carry % 58).unwrap_or_default();
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap_or_default());
            carry /= 58;
        }
    }
    let sign = |digit: &u8| char::from(SIGNS.get(usize::from(*digit)).copied().unwrap_or(b'1'));
    std::iter::once('z')
        .chain(std::iter::repeat_n('1', zeros))
        .chain(digits.iter().rev().map(sign))
        .collect()
}

/// The bytes behind a multibase text in base58; nothing for other bases and for what is too long.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix('z')?;
    if text.len() > MAX_TEXT {
        return None;
    }
    let zeros = text.bytes().take_while(|sign| *sign == b'1').count();
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for sign in text.bytes().skip(zeros) {
        let digit = SIGNS.iter().position(|known| *known == sign)?;
        let mut carry = u32::try_from(digit).ok()?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).unwrap_or_default();
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).unwrap_or_default());
            carry >>= 8;
        }
    }
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

/// A public Ed25519 key as a Multikey.
pub(crate) fn ed25519(public: &[u8]) -> String {
    encode(&[&ED25519_PUBLIC, public].concat())
}

/// The 32 bytes of a Multikey, if it is a public Ed25519 key.
pub(crate) fn from_ed25519(text: &str) -> Option<Vec<u8>> {
    let bytes = decode(text)?;
    let public = bytes.strip_prefix(&ED25519_PUBLIC)?;
    (public.len() == 32).then(|| public.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for bytes in [
            vec![],
            vec![0],
            vec![0, 0, 1],
            vec![255; 64],
            (0..64).collect::<Vec<u8>>(),
        ] {
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        assert_eq!(encode(b"hello world"), "zStV1DL6CwTryKyV");
        assert_eq!(encode(&[0, 0, 40]), "z11h");
    }

    #[test]
    fn other_bases_and_signs_are_refused() {
        for text in ["", "StV1DL6CwTryKyV", "mQmFz", "z0", "zO", "zI", "zl", "zé"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode(&format!("z{}", "2".repeat(10_000))), None);
    }

    #[test]
    fn a_multikey_is_a_public_ed25519_key_of_32_bytes() {
        let key = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
        let bytes = from_ed25519(key).unwrap();
        assert_eq!(ed25519(&bytes), key);
        // A secret key, a P-256 key, a short one.
        assert_eq!(
            from_ed25519("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"),
            None
        );
        assert_eq!(from_ed25519(&encode(&[0x80, 0x24, 2, 3])), None);
        assert_eq!(from_ed25519(&encode(&[0xed, 0x01, 2, 3])), None);
    }
}
