//! Functions on countries and telephone numbers.

use crate::call::{Answer, Call, string};
use crate::library::quoted;
use crate::text::without_marks;

/// Code by ISO 3166-1, calling code, prefix of calls inside the country, and names without marks
/// in English, in the country's own language, in Czech, Slovak and German where they differ.
const COUNTRIES: &[(&str, &str, &str, &[&str])] = &[
    (
        "AT",
        "43",
        "0",
        &["austria", "osterreich", "rakousko", "rakusko"],
    ),
    (
        "BE",
        "32",
        "0",
        &["belgium", "belgie", "belgique", "belgien", "belgicko"],
    ),
    ("BG", "359", "0", &["bulgaria", "bulharsko", "bulgarien"]),
    (
        "CH",
        "41",
        "0",
        &[
            "switzerland",
            "schweiz",
            "suisse",
            "svizzera",
            "svycarsko",
            "svajciarsko",
        ],
    ),
    ("CY", "357", "", &["cyprus", "kypr", "cyprus", "zypern"]),
    (
        "CZ",
        "420",
        "",
        &[
            "czechia",
            "czech republic",
            "cesko",
            "ceska republika",
            "tschechien",
        ],
    ),
    ("DE", "49", "0", &["germany", "deutschland", "nemecko"]),
    (
        "DK",
        "45",
        "",
        &["denmark", "danmark", "dansko", "danemark"],
    ),
    (
        "EE",
        "372",
        "",
        &["estonia", "eesti", "estonsko", "estland"],
    ),
    (
        "ES",
        "34",
        "",
        &["spain", "espana", "spanelsko", "spanielsko", "spanien"],
    ),
    (
        "FI",
        "358",
        "0",
        &["finland", "suomi", "finsko", "finnland"],
    ),
    (
        "FR",
        "33",
        "0",
        &["france", "francie", "francuzsko", "frankreich"],
    ),
    (
        "GB",
        "44",
        "0",
        &[
            "united kingdom",
            "great britain",
            "velka britanie",
            "velka britania",
            "grossbritannien",
        ],
    ),
    (
        "GR",
        "30",
        "",
        &["greece", "recko", "grecko", "griechenland"],
    ),
    (
        "HR",
        "385",
        "0",
        &["croatia", "hrvatska", "chorvatsko", "kroatien"],
    ),
    (
        "HU",
        "36",
        "06",
        &["hungary", "magyarorszag", "madarsko", "ungarn"],
    ),
    ("IE", "353", "0", &["ireland", "eire", "irsko", "irland"]),
    (
        "IT",
        "39",
        "",
        &["italy", "italia", "italie", "taliansko", "italien"],
    ),
    (
        "LT",
        "370",
        "0",
        &["lithuania", "lietuva", "litva", "litauen"],
    ),
    (
        "LU",
        "352",
        "",
        &["luxembourg", "lucembursko", "luxembursko", "luxemburg"],
    ),
    (
        "LV",
        "371",
        "",
        &["latvia", "latvija", "lotyssko", "lettland"],
    ),
    ("MT", "356", "", &["malta"]),
    (
        "NL",
        "31",
        "0",
        &[
            "netherlands",
            "nederland",
            "nizozemsko",
            "holandsko",
            "niederlande",
        ],
    ),
    ("NO", "47", "", &["norway", "norge", "norsko", "norwegen"]),
    ("PL", "48", "", &["poland", "polska", "polsko", "polen"]),
    ("PT", "351", "", &["portugal", "portugalsko"]),
    ("RO", "40", "0", &["romania", "rumunsko", "rumanien"]),
    ("RS", "381", "0", &["serbia", "srbija", "srbsko", "serbien"]),
    (
        "SE",
        "46",
        "0",
        &["sweden", "sverige", "svedsko", "schweden"],
    ),
    (
        "SI",
        "386",
        "0",
        &["slovenia", "slovenija", "slovinsko", "slowenien"],
    ),
    (
        "SK",
        "421",
        "0",
        &[
            "slovakia",
            "slovak republic",
            "slovensko",
            "slovenska republika",
            "slowakei",
        ],
    ),
    ("UA", "380", "0", &["ukraine", "ukrajina"]),
    (
        "US",
        "1",
        "1",
        &[
            "united states",
            "united states of america",
            "usa",
            "spojene staty",
            "vereinigte staaten",
        ],
    ),
];

pub(crate) fn country_code<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let name = call.text(0)?.trim();
    let plain = without_marks(name).to_lowercase();
    COUNTRIES
        .iter()
        .find(|(code, _, _, names)| {
            code.eq_ignore_ascii_case(&plain) || names.contains(&plain.as_str())
        })
        .map(|(code, ..)| string(*code))
        .ok_or_else(|| {
            format!(
                "{} is no country that is known here; use a lookup table",
                quoted(name)
            )
        })
}

pub(crate) fn phone<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, country) = (call.text(0)?, call.text(1)?);
    if text.trim().is_empty() {
        return Ok(string(""));
    }
    let known = COUNTRIES
        .iter()
        .find(|(code, ..)| code.eq_ignore_ascii_case(country.trim()));
    let Some((_, calling, trunk, _)) = known else {
        return Err(format!(
            "{} is no country code that is known here",
            quoted(country)
        ));
    };
    let odd = |sign: char| !sign.is_ascii_digit() && !"+ ()-./\u{a0}".contains(sign);
    if text.contains(odd) {
        return Err(format!("{} is no telephone number", quoted(text)));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = if text.trim_start().starts_with('+') {
        digits
    } else if let Some(international) = digits.strip_prefix("00") {
        international.to_owned()
    } else {
        let national = digits.strip_prefix(trunk).unwrap_or(&digits);
        format!("{calling}{national}")
    };
    // E.164: at most fifteen digits; none has fewer than seven.
    if !(7..=15).contains(&number.len()) || number.starts_with('0') {
        return Err(format!("{} is no telephone number", quoted(text)));
    }
    Ok(string(format!("+{number}")))
}
