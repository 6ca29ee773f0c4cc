//! What happened in a world, line by line: always hashed, printed when somebody looks.

use std::fmt;

/// A running FNV-1a hash of every line: <http://www.isthe.com/chongo/tech/comp/fnv/>.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    print: bool,
}

impl Trace {
    pub fn new(print: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, print }
    }

    pub fn line(&mut self, line: fmt::Arguments<'_>) {
        if self.print {
            println!("{line}");
        }
        fmt::Write::write_fmt(self, line).expect("hashing cannot fail");
        self.eat(b'\n');
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    fn eat(&mut self, byte: u8) {
        self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.eat(byte));
        Ok(())
    }
}
