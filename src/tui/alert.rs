//! Calling somebody who looks elsewhere, as bytes for the terminal: its bell, a notice of the desktop, its title.

/// Asks for the background's colour (OSC 11). Nothing waits for the answer; a terminal that does not know this is silent.
pub const BACKGROUND: &[u8] = b"\x1b]11;?\x1b\\";

/// Longer words are cut: a title bar or a notice has no room for them.
const LONGEST: usize = 120;

/// Ends with the bell byte, which is how every terminal ends such a string, also through tmux and screen.
fn string(number: &str, text: &str) -> Vec<u8> {
    let clean: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    format!("\x1b]{number};{clean}\x07").into_bytes()
}

pub fn title(text: &str) -> Vec<u8> {
    string("2", text)
}

/// OSC 9 is what most terminals know that show notices at all.
pub fn alert(bell: bool, text: Option<&str>) -> Vec<u8> {
    let mut bytes = text.map(|text| string("9", text)).unwrap_or_default();
    bytes.extend(bell.then_some(0x07));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_string_or_begins_another() {
        assert_eq!(title("2 running"), b"\x1b]2;2 running\x07");
        assert_eq!(alert(true, Some("a\x07b\x1b]0;c\n")), b"\x1b]9;ab]0;c\x07\x07");
        assert_eq!(alert(true, None), b"\x07");
        assert_eq!(alert(false, None), b"");
        assert_eq!(title(&"x".repeat(500)).len(), LONGEST + 5);
    }
}
