//! A body of several parts (RFC 7578): a file with the words about it.

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: &'static str,
    /// For a file: what it is called.
    pub file: Option<&'static str>,
    /// Its content type.
    pub kind: String,
    pub body: Vec<u8>,
}

/// The content type with its boundary, and the bytes. The boundary follows from the contents, so it is not in them.
pub(super) fn encode(parts: &[Part]) -> (String, Vec<u8>) {
    let mut seen = blake3::Hasher::new();
    for part in parts {
        seen.update(&part.body);
    }
    let boundary = format!("counterpart-{}", &seen.finalize().to_hex()[..32]);
    let mut body = Vec::with_capacity(parts.iter().map(|part| part.body.len() + 256).sum());
    for part in parts {
        let file = part.file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\nContent-Type: {}\r\n\r\n",
            part.name, part.kind
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&part.body);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// The parts of such a body, by name: content type and bytes. For sandboxes and tests; `None` for anything else.
pub fn decode(content_type: &str, body: &[u8]) -> Option<Vec<(String, String, Vec<u8>)>> {
    let boundary = content_type.strip_prefix("multipart/form-data")?.split("boundary=").nth(1)?.trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let find = |hay: &[u8], needle: &[u8]| hay.windows(needle.len()).position(|at| at == needle);
    let mut parts = Vec::new();
    let mut rest = body.get(find(body, &mark)? + mark.len()..)?;
    while !rest.starts_with(b"--") {
        let end = find(rest, &mark)?;
        let part = rest.get(2..end.checked_sub(2)?)?;
        let head = find(part, b"\r\n\r\n")?;
        let (head, inside) = (std::str::from_utf8(part.get(..head)?).ok()?, part.get(head + 4..)?);
        let name = head.split("name=\"").nth(1)?.split('"').next()?.to_owned();
        let kind = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default().to_owned();
        parts.push((name, kind, inside.to_vec()));
        rest = rest.get(end + mark.len()..)?;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let part =
            |name, file, kind: &str, body: &[u8]| Part { name, file, kind: kind.to_owned(), body: body.to_vec() };
        let parts = [
            part("request", None, "application/json", b"{\"a\":\"--\r\n\"}"),
            part("image_file", Some("picture"), "image/png", &[0x89, b'P', b'N', b'G', 13, 10, 0, 255, 45, 45]),
        ];
        let (kind, body) = encode(&parts);
        let out = decode(&kind, &body).unwrap();
        assert_eq!(out.len(), 2);
        for (part, (name, kind, body)) in parts.iter().zip(out) {
            assert_eq!((part.name, &part.kind, &part.body), (name.as_str(), &kind, &body));
        }
        assert_eq!(decode("application/json", b"{}"), None);
        assert_eq!(decode("multipart/form-data; boundary=x", b"--x\r\n"), None);
    }
}
