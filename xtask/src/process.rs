//! Running other programs: shown before they run, stopped at by a failure that says what to do.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::counts::Counts;

/// Why a task stopped, for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub fn failure(text: impl Into<String>) -> Failure {
    Failure(text.into())
}

/// One program with its arguments, ready to run.
pub struct Program {
    command: Command,
    shown: String,
}

impl Program {
    pub fn new(program: impl AsRef<OsStr>, arguments: &[&str], folder: &Path) -> Self {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(folder);
        let name = Path::new(program.as_ref()).file_name().unwrap_or(program.as_ref()).to_string_lossy();
        let mut shown = name.into_owned();
        for argument in arguments {
            shown.push(' ');
            shown.push_str(argument);
        }
        Self { command, shown }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end with the terminal as it is.
    pub fn run(mut self) -> Result<(), Failure> {
        println!("   $ {}", self.shown);
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(self.ended(status)) }
    }

    /// Runs to the end, shows its output and adds the test results in it to `counts`.
    pub fn run_counted(mut self, counts: &mut Counts) -> Result<(), Failure> {
        println!("   $ {}", self.shown);
        self.command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| self.not_started(&error))?;
        let output = child.stdout.take().expect("stdout was piped above");
        let mut terminal = std::io::stdout();
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(|error| failure(format!("reading from `{}`: {error}", self.shown)))?;
            let text = String::from_utf8_lossy(&line);
            counts.read(&text);
            // A closed terminal must not stop the tests, their exit status still counts.
            let _ = writeln!(terminal, "{text}");
        }
        let status = child.wait().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(self.ended(status)) }
    }

    /// Runs quietly and returns what it printed.
    pub fn output(mut self) -> Result<String, Failure> {
        let output = self.command.stdin(Stdio::null()).output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(failure(format!("`{}` failed ({}):\n{errors}", self.shown, output.status)));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| failure(format!("`{}` printed something that is not UTF-8", self.shown)))
    }

    /// Becomes that program, so that it gets the signals and its exit status is ours.
    #[cfg(unix)]
    pub fn become_it(mut self) -> Failure {
        use std::os::unix::process::CommandExt;
        println!("   $ {}", self.shown);
        let error = self.command.exec();
        self.not_started(&error)
    }

    #[cfg(not(unix))]
    pub fn become_it(mut self) -> Failure {
        println!("   $ {}", self.shown);
        match self.command.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(error) => self.not_started(&error),
        }
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        failure(format!("`{}` could not be started: {error}", self.shown))
    }

    fn ended(&self, status: std::process::ExitStatus) -> Failure {
        failure(format!("`{}` failed ({status})", self.shown))
    }
}

/// Where the program is, if the search path leads to it.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
