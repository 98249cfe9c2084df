//! Forms as browsers, curl and attackers write them.

use super::parts;

/// A form whose parts have these headers (without the line end) and contents.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, content) in parts {
        body.extend_from_slice(b"--x\r\n");
        body.extend_from_slice(headers.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

const TYPE: &str = "multipart/form-data; boundary=x";

fn named(parameters: &str) -> Result<String, (u16, String)> {
    let headers = format!("Content-Disposition: form-data; name=\"f\"; {parameters}");
    match parts(TYPE, &form(&[(&headers, b"1")]), 9) {
        Ok(mut files) => Ok(files.remove(0).0),
        Err(refusal) => Err((refusal.status, refusal.code.into_owned())),
    }
}

fn refusal(content_type: &str, body: &[u8]) -> (u16, String) {
    let refusal = parts(content_type, body, 3).unwrap_err();
    (refusal.status, refusal.code.into_owned())
}

#[test]
fn contents_are_read_as_they_are() {
    let contents: [&[u8]; 5] = [
        b"one\r\ntwo",
        b"",
        b"\r\n",
        b"a --x--\n--x",
        b"\0\xff\r\n--y\r\n",
    ];
    let headers = "Content-Disposition: form-data; name=f; filename=a\r\nContent-Type: text/plain";
    let all: Vec<_> = contents.iter().map(|content| (headers, *content)).collect();
    let read = |body: &[u8]| -> Vec<Vec<u8>> {
        let files = parts(TYPE, body, 9).unwrap();
        files.into_iter().map(|(_, bytes)| bytes).collect()
    };
    assert_eq!(read(&form(&all)), contents);
    assert_eq!(
        read(&[b"preamble --x\r\n", &form(&all)[..]].concat()),
        contents
    );
    assert_eq!(read(&[&form(&all)[..], b"epilogue"].concat()), contents);
    assert!(read(b"--x--").is_empty());
    let padded = b"--x \t\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--x--";
    assert_eq!(read(padded), [b"1"]);
}

#[test]
fn the_boundary_may_be_quoted_and_the_parameters_many() {
    let body = b"--a b:c\r\ncontent-disposition:form-data;filename=a\r\n\r\n1\r\n--a b:c--\r\n";
    let kind = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"";
    assert_eq!(
        parts(kind, body, 9).unwrap(),
        [("a".to_owned(), b"1".to_vec())]
    );
}

#[test]
fn names_are_read_as_their_writers_meant_them() {
    for (parameters, name) in [
        ("filename=\"src/App.tsx\"", "src/App.tsx"),
        ("filename=src/App.tsx", "src/App.tsx"),
        ("FileName = \"a b.ts\" ", "a b.ts"),
        ("filename=\"ü/日本.ts\"", "ü/日本.ts"),
        ("filename=\"a;b=c.ts\"", "a;b=c.ts"),
        ("filename=\"a%22b%20c\"", "a\"b%20c"),
        ("filename=\"a%0d%0Ab\"", "a\r\nb"),
        (r#"filename="a\"b\\c\d""#, r#"a"b\c\d"#),
        ("filename*=UTF-8''src%2F%C3%BC.ts", "src/ü.ts"),
        (
            "filename=\"plain\"; filename*=utf-8'en'extended",
            "extended",
        ),
        ("filename*=iso-8859-1''%FC.ts; filename=u.ts", "ü.ts"),
        ("filename=\"\"", ""),
        ("filename=\"../../etc/passwd\"", "../../etc/passwd"),
    ] {
        assert_eq!(named(parameters).as_deref(), Ok(name), "{parameters}");
    }
}

#[test]
fn parts_that_are_no_files_say_what_is_expected() {
    for headers in [
        "Content-Disposition: form-data; name=\"field\"",
        "Content-Disposition: attachment; filename=\"a\"",
        "Content-Type: text/plain",
        "Content-Disposition: form-data; filename=a\r\nContent-Transfer-Encoding: base64",
    ] {
        let refusal = parts(TYPE, &form(&[(headers, b"1")]), 9).unwrap_err();
        assert_eq!(
            (refusal.status, &*refusal.code),
            (422, "invalid-body"),
            "{headers}"
        );
        assert!(refusal.detail.contains("`filename`"), "{}", refusal.detail);
    }
}

#[test]
fn names_that_cannot_be_read_are_refused() {
    for parameters in [
        "filename=\"a",
        "filename=\"a\"b",
        "filename",
        "filename=a; filename=b",
        "filename*=a",
        "filename*=utf-8''%f",
        "filename*=utf-16''a",
        "filename=a\r\nContent-Disposition: form-data; filename=b",
        "filename=a\r\n folded: x",
        "filename=a\r\nnocolon",
    ] {
        let wanted = (400, "multipart-corrupt".to_owned());
        assert_eq!(named(parameters), Err(wanted), "{parameters}");
    }
    let latin = b"--x\r\nContent-Disposition: form-data; filename=\"\xfc\"\r\n\r\n1\r\n--x--";
    assert_eq!(refusal(TYPE, latin), (422, "invalid-path".to_owned()));
}

#[test]
fn boundaries_are_checked() {
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for kind in [
        "multipart/form-data",
        "multipart/form-data; charset=utf-8",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"x ",
        "multipart/form-data; boundary=\"x \"",
        "multipart/form-data; boundary=x; boundary=y",
        "multipart/form-data; boundary=ü",
        &long,
    ] {
        assert_eq!(
            refusal(kind, &form(&[])),
            (400, "multipart-boundary".to_owned()),
            "{kind}"
        );
    }
}

#[test]
fn a_form_cut_short_anywhere_is_refused() {
    let headers = "Content-Disposition: form-data; name=f; filename=a";
    let body = form(&[(headers, b"one"), (headers, b"")]);
    assert_eq!(parts(TYPE, &body, 3).unwrap().len(), 2);
    for end in 0..body.len() - 2 {
        let wanted = (400, "multipart-corrupt".to_owned());
        assert_eq!(refusal(TYPE, &body[..end]), wanted, "{end}");
    }
    let endless = [b"--x\r\n".to_vec(), vec![b'a'; 1 << 20]].concat();
    assert_eq!(refusal(TYPE, &endless).1, "multipart-corrupt");
}

#[test]
fn too_many_parts_are_refused() {
    let body = form(&[("Content-Disposition: form-data; filename=a", &b""[..]); 4]);
    assert_eq!(refusal(TYPE, &body), (413, "too-many-files".to_owned()));
}
