//! A mouse, where there is one and it is wanted. Nothing needs it.

/// What it did, and over which cell of the screen (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    pub x: u16,
    pub y: u16,
    pub did: Did,
}

/// Of its buttons, only the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    Press,
    /// Moved while the button is held.
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

/// Rows that one notch of the wheel is worth.
pub const NOTCH: u64 = 3;

/// Asks the terminal to tell of buttons, of moving while one is held, and in numbers of any size; and not any more.
pub const TOLD: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
pub const UNTOLD: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

impl Pointer {
    /// From the three numbers of a report (xterm's SGR form, cells from 1) and whether a button was let go.
    pub fn of(button: u16, x: u16, y: u16, released: bool) -> Option<Self> {
        const MOVED: u16 = 32;
        const WHEEL: u16 = 64;
        // Shift, Alt and Ctrl.
        const HELD: u16 = 4 + 8 + 16;
        let did = match (button & !HELD, released) {
            (0, false) => Did::Press,
            (0, true) => Did::Release,
            (MOVED, false) => Did::Drag,
            (WHEEL, false) => Did::WheelUp,
            (button, false) if button == WHEEL + 1 => Did::WheelDown,
            _ => return None,
        };
        Some(Self { x: x.checked_sub(1)?, y: y.checked_sub(1)?, did })
    }
}
