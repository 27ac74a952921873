//! Words that mean a colour, a size or a unit, in the languages that shops of Europe and America write.
//!
//! Two shops may say the same colour in two languages; and two products that differ in nothing but a colour, a size or
//! a capacity are two products. Only words that mean little else are here: `pink` is a colour, `rose` is also a flower
//! and a wine and stays a word. Closed lists, so nothing is learned and nothing is fetched.

/// A colour in any of the languages → the colour. Words are folded and without accents.
pub fn colour(word: &str) -> Option<&'static str> {
    Some(match word {
        "black" | "schwarz" | "schwarze" | "schwarzer" | "schwarzes" | "noir" | "noire" | "negro" | "negra"
        | "nero" | "nera" | "zwart" | "zwarte" | "preto" | "preta" | "svart" | "sort" | "czarny" | "blk" => "black",
        "white" | "weiss" | "weisse" | "weisser" | "weisses" | "blanc" | "blanche" | "blanco" | "blanca" | "bianco"
        | "bianca" | "wit" | "witte" | "branco" | "branca" | "hvid" | "vit" | "bialy" | "wht" => "white",
        "red" | "rot" | "rote" | "roter" | "rotes" | "rouge" | "rojo" | "roja" | "rosso" | "rossa" | "rood"
        | "rode" | "vermelho" | "vermelha" | "rod" | "czerwony" => "red",
        "blue" | "blau" | "blaue" | "blauer" | "blaues" | "bleu" | "bleue" | "azul" | "azzurro" | "blauw"
        | "blauwe" | "blu" | "bla" | "niebieski" => "blue",
        "green" | "grun" | "gruen" | "grune" | "gruene" | "vert" | "verte" | "verde" | "groen" | "groene" | "gron"
        | "zielony" | "grn" => "green",
        "yellow" | "gelb" | "gelbe" | "gelber" | "jaune" | "amarillo" | "amarilla" | "giallo" | "gialla" | "geel"
        | "gele" | "amarelo" | "gul" | "zolty" => "yellow",
        "grey" | "gray" | "grau" | "graue" | "grauer" | "gris" | "grigio" | "grigia" | "grijs" | "grijze" | "cinza"
        | "gra" | "szary" => "grey",
        "brown" | "braun" | "braune" | "brauner" | "brun" | "brune" | "marron" | "marrone" | "bruin" | "bruine"
        | "castanho" | "brazowy" => "brown",
        "silver" | "silber" | "silbern" | "argent" | "argente" | "plata" | "plateado" | "argento" | "zilver"
        | "prata" | "srebrny" => "silver",
        "gold" | "golden" | "dore" | "doree" | "dorado" | "dorada" | "dorato" | "oro" | "goud" | "dourado" => "gold",
        "pink" | "rosado" | "roze" | "fuchsia" | "magenta" => "pink",
        "purple" | "violet" | "violett" | "lila" | "violette" | "morado" | "viola" | "paars" | "roxo" => "purple",
        "orange" | "oranje" | "naranja" | "arancione" | "laranja" | "pomaranczowy" => "orange",
        "beige" | "turquoise" | "turkis" | "tuerkis" | "navy" | "charcoal" | "titanium" | "bronze" | "burgundy"
        | "cyan" | "khaki" | "ivory" | "espresso" | "mahogany" | "walnut" => {
            return same(word);
        }
        _ => return None,
    })
}

/// Colours that are written alike everywhere.
fn same(word: &str) -> Option<&'static str> {
    const ALIKE: [&str; 15] = [
        "beige",
        "turquoise",
        "turkis",
        "tuerkis",
        "navy",
        "charcoal",
        "titanium",
        "bronze",
        "burgundy",
        "cyan",
        "khaki",
        "ivory",
        "espresso",
        "mahogany",
        "walnut",
    ];
    let found = ALIKE.into_iter().find(|alike| *alike == word)?;
    Some(if matches!(found, "turkis" | "tuerkis") { "turquoise" } else { found })
}

/// A size of clothes. A letter alone is one: litres and metres come after a number.
pub fn size(word: &str) -> Option<&'static str> {
    Some(match word {
        "xxs" | "2xs" => "xxs",
        "xs" | "xsmall" => "xs",
        "s" | "small" | "klein" | "petit" | "pequeno" | "piccolo" => "small",
        "m" | "medium" | "mittel" | "moyen" | "mediano" | "medio" => "medium",
        "l" | "large" | "gross" | "grand" | "grande" | "groot" => "large",
        "xl" | "xlarge" => "xl",
        "xxl" | "2xl" | "xxlarge" => "xxl",
        "xxxl" | "3xl" => "xxxl",
        "xxxxl" | "4xl" => "xxxxl",
        _ => return None,
    })
}

/// The unit of how many are in a pack.
pub const PIECES: &str = "pack";

/// A unit → what is measured in it, and how many of the unit that it is told in.
pub fn unit(word: &str) -> Option<(&'static str, f64)> {
    Some(match word {
        "kb" => ("b", 1e3),
        "mb" => ("b", 1e6),
        "gb" | "gig" | "gigabyte" | "gigabytes" | "go" => ("b", 1e9),
        "tb" | "terabyte" => ("b", 1e12),
        "ml" | "milliliter" => ("ml", 1.0),
        "cl" => ("ml", 10.0),
        "l" | "lt" | "ltr" | "liter" | "litre" | "liters" | "litres" | "litro" | "litri" => ("ml", 1000.0),
        "mg" => ("g", 0.001),
        "g" | "gr" | "gram" | "grams" | "gramm" | "grammes" => ("g", 1.0),
        "kg" | "kilo" | "kilogram" => ("g", 1000.0),
        "oz" | "ounce" | "ounces" => ("oz", 1.0),
        "lb" | "lbs" | "pound" | "pounds" => ("oz", 16.0),
        "gal" | "gallon" | "gallons" => ("gal", 1.0),
        "in" | "inch" | "inches" | "zoll" | "pouces" | "pulgadas" | "pollici" | "\"" => ("in", 1.0),
        "ft" | "feet" | "foot" | "'" => ("ft", 1.0),
        "yd" | "yard" | "yards" => ("ft", 3.0),
        "mm" => ("mm", 1.0),
        "cm" => ("mm", 10.0),
        "m" | "meter" | "meters" | "metre" | "metres" => ("mm", 1000.0),
        "w" | "watt" | "watts" => ("w", 1.0),
        "kw" => ("w", 1000.0),
        "v" | "volt" | "volts" => ("v", 1.0),
        "mah" => ("mah", 1.0),
        "hz" => ("hz", 1.0),
        "khz" => ("hz", 1e3),
        "mhz" => ("hz", 1e6),
        "ghz" => ("hz", 1e9),
        "mp" | "megapixel" | "megapixels" => ("mp", 1.0),
        "btu" | "btus" => ("btu", 1.0),
        "rpm" => ("rpm", 1.0),
        "port" | "ports" => ("port", 1.0),
        "user" | "users" => ("user", 1.0),
        "pack" | "packs" | "pk" | "pcs" | "pc" | "pieces" | "piece" | "ct" | "count" | "stuck" | "stueck" | "stk"
        | "piezas" | "pezzi" | "erpack" | "set" => (PIECES, 1.0),
        _ => return None,
    })
}

/// Words that tell nothing: a title with them and one without are the same title.
pub fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "and"
            | "of"
            | "for"
            | "with"
            | "w"
            | "in"
            | "on"
            | "to"
            | "by"
            | "from"
            | "at"
            | "or"
            | "und"
            | "mit"
            | "fur"
            | "fuer"
            | "von"
            | "der"
            | "die"
            | "das"
            | "et"
            | "avec"
            | "pour"
            | "de"
            | "du"
            | "des"
            | "la"
            | "le"
            | "les"
            | "y"
            | "con"
            | "para"
            | "el"
            | "los"
            | "las"
            | "e"
            | "per"
            | "di"
            | "en"
            | "met"
            | "van"
            | "voor"
            | "new"
            | "neu"
    )
}

/// The numbers that Roman numerals of two and more letters write; one letter alone may mean anything.
pub fn roman(word: &str) -> Option<&'static str> {
    Some(match word {
        "ii" => "2",
        "iii" => "3",
        "iv" => "4",
        "vi" => "6",
        "vii" => "7",
        "viii" => "8",
        "ix" => "9",
        _ => return None,
    })
}

/// Words that make another thing of the same product: its condition, who made it, what comes with it, for children.
pub fn sells_otherwise(word: &str) -> bool {
    matches!(
        word,
        "refurbished"
            | "refurb"
            | "renewed"
            | "reconditioned"
            | "recertified"
            | "remanufactured"
            | "used"
            | "damaged"
            | "compatible"
            | "replacement"
            | "refill"
            | "bundle"
            | "kit"
            | "demo"
            | "trial"
            | "sample"
            | "gebraucht"
            | "generaluberholt"
            | "wiederaufbereitet"
            | "kompatibel"
            | "ersatz"
            | "nachfullpack"
            | "muster"
            | "reconditionne"
            | "occasion"
            | "compatibles"
            | "recharge"
            | "echantillon"
            | "lot"
            | "reacondicionado"
            | "usado"
            | "recambio"
            | "recarga"
            | "muestra"
            | "ricondizionato"
            | "usato"
            | "compatibile"
            | "ricambio"
            | "ricarica"
            | "campione"
            | "gebruikt"
            | "opgeknapt"
            | "navulling"
            | "bundel"
            | "junior"
            | "kids"
            | "youth"
            | "toddler"
            | "kinder"
            | "enfant"
            | "nino"
            | "bambino"
            | "kinderen"
    )
}
