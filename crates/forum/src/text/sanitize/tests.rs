//! What is kept of HTML, and what never is.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

fn check(html: &str, expect: &str) {
    assert_eq!(
        sanitise(html, &Context::OPENING).as_str(),
        expect,
        "from {html}"
    );
}

#[test]
fn usual_markup_passes() {
    check(
        "<p>Un <strong>mot</strong>, <em>un</em> <code>code</code><br>fin</p>",
        "<p>Un <strong>mot</strong>, <em>un</em> <code>code</code><br>fin</p>",
    );
    check(
        "<ul><li>un<ol start=\"3\"><li>trois</ol><li>deux</ul>",
        "<ul><li>un<ol start=\"3\"><li>trois</li></ol></li><li>deux</li></ul>",
    );
    check(
        "<pre><code class=\"language-rust hljs\">let a = 1 &lt; 2;\n</code></pre>",
        "<pre tabindex=\"0\"><code class=\"language-rust\">let a = 1 &lt; 2;\n</code></pre>",
    );
    check(
        "Bonjour &eacute;t&eacute; :blobcat:",
        "<p>Bonjour été :blobcat:</p>",
    );
    check("<p>a<p>b", "<p>a</p><p>b</p>");
    check("<div>a</div><div>b</div>", "<p>a</p><p>b</p>");
    check(
        "<blockquote>a<p>b</p></blockquote>",
        "<blockquote><p>a</p><p>b</p></blockquote>",
    );
    check(
        "<b>a<p>c</p>d</b>",
        "<p><b>a</b></p><p><b>c</b></p><p><b>d</b></p>",
    );
    check("a & b &amp; c < d", "<p>a &amp; b &amp; c &lt; d</p>");
    check(
        &"« & ».".repeat(100),
        &format!("<p>{}</p>", "« &amp; ».".repeat(100)),
    );
}

#[test]
fn links_lead_only_to_web_and_mail() {
    let rel = "rel=\"nofollow noopener noreferrer ugc\"";
    check(
        "<a href='https://a.example/x?b=1&amp;c=2' target=_blank onclick=x()>a</a>",
        &format!("<p><a href=\"https://a.example/x?b=1&amp;c=2\" {rel}>a</a></p>"),
    );
    check(
        "<a href='mailto:a@b.example'>a</a>",
        &format!("<p><a href=\"mailto:a@b.example\" {rel}>a</a></p>"),
    );
    check(
        "<a href='https://moi:mdp@a.example/?zid=x@y&amp;b=2'>a</a>",
        &format!("<p><a href=\"https://a.example/?b=2\" {rel}>a</a></p>"),
    );
    for bad in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "&#106;avascript:alert(1)",
        "java&Tab;script:alert(1)",
        "javascript&colon;alert(1)",
        " javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/x",
        "x",
        "#x",
        "",
        "blob:https://a.example/x",
        "file:///etc/passwd",
        "http:",
        "https://",
    ] {
        check(&format!("<a href=\"{bad}\">mot</a>"), "<p>mot</p>");
    }
}

#[test]
fn mastodon_links_keep_their_classes() {
    check(
        "<p><span class=\"h-card x\" translate=\"no\"><a href=\"https://a.example/@lea\" class=\"u-url mention big\">@<span>lea</span></a></span> <a href=\"https://a.example/tags/voirie\" class=\"mention hashtag\" rel=\"tag\">#<span>voirie</span></a></p>",
        "<p><span class=\"h-card\"><a href=\"https://a.example/@lea\" class=\"u-url mention\" rel=\"nofollow noopener noreferrer ugc\">@<span>lea</span></a></span> <a href=\"https://a.example/tags/voirie\" class=\"mention hashtag\" rel=\"nofollow noopener noreferrer ugc tag\">#<span>voirie</span></a></p>",
    );
    check(
        "<p class=\"quote-inline\">RE: x</p><p class=x>y</p>",
        "<p class=\"quote-inline\">RE: x</p><p>y</p>",
    );
}

#[test]
fn no_script_runs() {
    for (html, expect) in [
        ("<script>alert(1)</script>a", "<p>a</p>"),
        ("<<script>script>alert(1)</script>a", "<p>&lt;a</p>"),
        ("a<style>b{}</style>c", "<p>ac</p>"),
        ("<svg/onload=alert(1)>a</svg>", "<p>a</p>"),
        (
            "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>a",
            "<p>a</p>",
        ),
        (
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "",
        ),
        ("<iframe src=\"https://a.example\">x</iframe>a", "<p>a</p>"),
        (
            "<form action=/x><input name=a value=b><button>c</button></form>",
            "<p>c</p>",
        ),
        (
            "<p style=\"position:fixed\" id=x class=y lang=fr>a</p>",
            "<p>a</p>",
        ),
        ("<img src=x onerror=alert(1)>a", "<p>a</p>"),
        ("a<!-- <b> --><!-->b", "<p>ab</p>"),
        (
            "<a title=\"</a><script>alert(1)</script>\">b</a>",
            "<p>b</p>",
        ),
        ("a\0<scr\0ipt>b", "<p>ab</p>"),
        ("<script>a", ""),
        ("a<b", "<p>a</p>"),
        ("&lt;script&gt;", "<p>&lt;script&gt;</p>"),
        ("&#60;script&#62;", "<p>&lt;script&gt;</p>"),
    ] {
        check(html, expect);
    }
}

#[test]
fn an_image_becomes_a_link_with_its_description() {
    let rel = "rel=\"nofollow noopener noreferrer ugc\"";
    check(
        "<img src='https://a.example/x.png' alt='Plan \"du\"  secteur'>",
        &format!(
            "<p><a href=\"https://a.example/x.png\" {rel}>Image&nbsp;: Plan \"du\" secteur</a></p>"
        ),
    );
    check(
        "<img src=https://a.example/x.png>",
        &format!("<p><a href=\"https://a.example/x.png\" {rel}>Image sans description</a></p>"),
    );
    check(
        "<a href='https://b.example/'><img src='https://a.example/x.png' alt='Logo'></a>",
        &format!("<p><a href=\"https://b.example/\" {rel}>Image&nbsp;: Logo</a></p>"),
    );
    check(
        "<img src='https://a.example/b.png' alt=':blob:'>",
        "<p>:blob:</p>",
    );
    let english = sanitise(
        "<img src=https://a.example/x.png>",
        &Context::REPLY.in_language("en-GB"),
    );
    assert!(english.as_str().contains(">Image without description</a>"));
}

#[test]
fn headings_begin_at_the_base_and_skip_no_level() {
    check(
        "<h1>a</h1><h3>b</h3><h1>c</h1><h2 id=x>d</h2>",
        "<h3>a</h3><h4>b</h4><h3>c</h3><h4>d</h4>",
    );
    check("<h6>a</h6><h1></h1>", "<h3>a</h3>");
    check("<h1></h1><h2>a</h2>", "<h3>a</h3>");
    let reply = sanitise("<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4>", &Context::REPLY);
    assert_eq!(reply.as_str(), "<h4>a</h4><h5>b</h5><h6>c</h6><h6>d</h6>");
    assert_eq!(SafeHtml::from_stored(reply.as_str()), reply);
}

#[test]
fn a_table_has_a_named_frame_and_scopes() {
    check(
        "<table><caption>Rues</caption><thead><tr><th>Rue</th></tr></thead><tr><td colspan=2 style=x>A</td></tr></table>",
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Tableau 1\"><table><caption>Rues</caption><thead><tr><th scope=\"col\">Rue</th></tr></thead><tbody><tr><td colspan=\"2\">A</td></tr></tbody></table></div>",
    );
    let english = sanitise(
        "<table><tr><td>a</table>",
        &Context::OPENING.in_language("en"),
    );
    assert!(english.as_str().contains("aria-label=\"Table 1\""));
    assert_eq!(SafeHtml::from_stored(english.as_str()), english);
}

#[test]
fn hostile_nesting_is_quick_and_bounded() {
    for piece in [
        "«",
        "&nbsp;",
        "&amp;a",
        "<div>",
        "<b>",
        "<p><b>",
        "<blockquote>",
        "<table>",
        "<table><tr><td>",
        "<ul><li>",
        "<a href=https://a.example>",
        "<span class=mention>",
        "</p>",
        "<",
        "<!--",
        "&",
        "<a ",
        "</",
        "<script>",
        "<svg>",
        "<td>",
        "<b a=1><p>",
        "<pre>",
        "<h1>",
        "<div></b>",
    ] {
        let html = piece.repeat((MAX_BYTES / piece.len()).min(50_000));
        let start = Instant::now();
        let safe = sanitise(&html, &Context::OPENING);
        assert!(
            start.elapsed().as_secs_f32() < 2.0,
            "{piece} took {:?}",
            start.elapsed()
        );
        assert!(safe.as_str().len() <= 8 * MAX_BYTES, "{piece}");
    }
    let deep = sanitise(
        &format!("{}texte", "<blockquote>".repeat(1000)),
        &Context::OPENING,
    );
    assert!(deep.as_str().matches("<blockquote>").count() < 40);
    assert!(deep.as_str().contains("texte"));
}

#[test]
fn too_long_is_cut_between_characters() {
    let safe = sanitise(&"é".repeat(MAX_BYTES), &Context::OPENING);
    assert_eq!(safe.plain_text().len(), MAX_BYTES);
}

#[test]
fn plain_text_has_a_line_for_each_block() {
    assert_eq!(
        plain_text("<p>Un  <b>deux</b></p><ul><li>a<li>b</ul><p>c<br>d &amp; &eacute;</p>"),
        "Un deux\na\nb\nc\nd & é"
    );
    assert_eq!(
        plain_text("<table><tr><td>a<td>b<tr><td>c</table>"),
        "a b\nc"
    );
    assert_eq!(plain_text("<pre>a\n  b</pre>c"), "a\n  b\nc");
    assert_eq!(
        plain_text("<p><span class=invisible>https://</span>a.example</p>"),
        "https://a.example"
    );
}

#[test]
fn names_are_text() {
    assert_eq!(
        clean_name("  Ana\n\u{202e}Bla\u{200b}nc\u{0}  \u{feff}"),
        "Ana Blanc"
    );
    assert_eq!(clean_name("e\u{301}te\u{301}"), "été");
    assert_eq!(clean_name("</title><b>"), "</title><b>");
    assert_eq!(clean_name(&"a".repeat(10_000)).chars().count(), MAX_NAME);
    assert_eq!(clean_name("\u{200b}\u{3164}"), "");
}

#[test]
fn titles_are_cut_between_words() {
    assert_eq!(clean_title("  Zones 30 :\n retours "), "Zones 30 : retours");
    let long = clean_title(&"retour ".repeat(50));
    assert!(long.ends_with("retour…") && long.chars().count() <= MAX_TITLE);
    assert_eq!(clean_title(&"a".repeat(300)).chars().count(), MAX_TITLE);
}

#[test]
fn an_excerpt_has_whole_sentences() {
    let html = sanitise(
        "<h2>Titre</h2><blockquote>cité</blockquote><p>Une <strong>première</strong> phrase. Une <a href=https://a.example/>deuxième</a> phrase, plus longue.</p><pre>code</pre>",
        &Context::OPENING,
    );
    assert_eq!(
        excerpt(&html, 40).as_str(),
        "<p>Titre</p><p>Une <strong>première</strong> phrase.</p>"
    );
    assert!(
        excerpt(&html, 500)
            .as_str()
            .ends_with("phrase, plus longue.</p>")
    );
    let one = sanitise("<p>Une phrase qui ne finit jamais</p>", &Context::OPENING);
    assert_eq!(excerpt(&one, 20).as_str(), "<p>Une phrase qui ne…</p>");
    let quote = sanitise("<blockquote>cité</blockquote>", &Context::OPENING);
    assert_eq!(excerpt(&quote, 20).as_str(), "<p>cité</p>");
}

/// HTML as a hostile or clumsy writer makes it.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z<>&;\"' \n=é\u{a0}]{0,8}",
        6 => prop::sample::select(vec![
            "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<a href=\"https://a.example/?a=1&amp;b='2'\">", "<a href=x>", "</a>", "<ul>", "</ul>",
            "<ol start=4>", "</ol>", "<li>", "</li>", "<table>", "</table>", "<caption>", "</caption>", "<thead>", "<tr>", "</tr>", "<td>",
            "<th scope=row>", "</td>", "</th>", "</thead>", "<tbody>", "<pre>", "</pre>", "\n", "<br>", "<hr>", "<code>", "<code class=language-c>",
            "</code>", "<blockquote>", "</blockquote>", "<h1>", "<h2>", "<h5>", "</h1>", "</h2>", "</h5>", "<div>", "</div>", "<span class='mention x'>",
            "<span>", "</span>", "<img src=https://a.example/i.png alt='a &amp; b'>", "<img src=x>", "<script>", "</script>", "<svg>", "<math>", "<style>",
            "<!-- ", "-->", "&eacute;", "&#32;", "&#10;", "&nbsp;", "&lt;b>", "&amp;lt;", "&Tab;", "&nosuch;", "&copy", "<x y=\"", "texte", " ", "\r\n",
            "<p class=quote-inline>", "<div class=table-scroll aria-label='x'>", "<tfoot>", "<dd>", "<select>", "<option>", "<template>", "<button>", "<nobr>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn sanitising_twice_is_sanitising_once(html in soup(), base in 3_u8..=4) {
        let context = Context { heading_base: base, words: Words::ENGLISH };
        let once = sanitise(&html, &context);
        prop_assert_eq!(sanitise(once.as_str(), &context), once.clone());
        prop_assert_eq!(SafeHtml::from_stored(once.as_str()), once);
    }

    #[test]
    fn both_layers_agree(html in soup()) {
        // A parser of the standard reads what the first layer wrote just as it was written.
        let rules = Rules { heading_base: Some(3), words: Words::FRENCH };
        // References by name are left to the second layer.
        let shaped = Shape::rewrite(&html.replace('&', ""), rules);
        prop_assert_eq!(ALLOW_LIST.clean(&shaped).to_string(), shaped.clone());
        prop_assert_eq!(ALLOW_LIST.clean(&in_short_texts(shaped.clone())).to_string(), shaped);
    }

    #[test]
    fn names_are_clean_once(name in "\\PC{0,300}|[\u{200b}-\u{202e}a e\u{301}\n]{0,40}") {
        let once = clean_name(&name);
        prop_assert_eq!(clean_name(&once), once.clone());
        prop_assert!(once.chars().count() <= MAX_NAME);
        let title = clean_title(&name);
        prop_assert!(title.chars().count() <= MAX_TITLE);
        prop_assert_eq!(clean_title(&title), title);
    }

    #[test]
    fn excerpts_are_bounded(html in soup(), max in 1_usize..60) {
        let safe = sanitise(&html, &Context::OPENING);
        let short = excerpt(&safe, max);
        prop_assert!(short.plain_text().chars().count() <= max.max(1), "{}", short);
    }
}

#[test]
fn an_excerpt_is_cut_before_all_the_spaces_at_its_end() {
    let html = "<img src=https://a.example/i.png alt='a &amp; b'>\";\u{a0}\" \u{a0}&#32;<img src=https://a.example/i.png alt='a &amp; b'>";
    let short = excerpt(&sanitise(html, &Context::OPENING), 20);
    assert!(short.plain_text().chars().count() <= 20, "{short}");
}

#[test]
fn an_excerpt_begins_with_words() {
    let spaced = sanitise(
        "<p>&nbsp;</p><p>&nbsp;Bonjour à tous</p>",
        &Context::OPENING,
    );
    assert_eq!(excerpt(&spaced, 10).plain_text(), "Bonjour…");
    let short = excerpt(&sanitise("\u{a0}<td>&lt;b>", &Context::OPENING), 2);
    assert_eq!(short.plain_text(), "<…");
}
