//! `demo`: the whole program with a simulated API, in the tray or on the terminal.

mod terminal;

use super::args::DemoArgs;
use super::output::Output;
use super::status::table;
use super::{CliError, context};
use crate::app::demo::Demo;
use crate::app::lifecycle::shut_down;
use crate::platform::tray_host;
use crate::tray::{self, EventLoopHandle};
use terminal::Terminal;

/// Shows the sample accounts in the tray, or on the terminal if there is no tray.
pub fn run(args: &DemoArgs, output: &mut Output) -> Result<(), CliError> {
    let runtime = context::runtime()?;
    let speed = args.speed;
    if args.once {
        return runtime.block_on(print_once(speed, output));
    }
    let work = move |event_loop| {
        let done = runtime.block_on(run_with_tray(speed, event_loop));
        shut_down(runtime);
        done
    };
    tray::run(work).map_err(CliError::runtime)?
}

async fn print_once(speed: f64, output: &mut Output) -> Result<(), CliError> {
    let snapshot = Demo::new(speed).await.map_err(CliError::runtime)?.poll_once().await;
    table::lines(&snapshot, output).iter().for_each(|line| output.line(line));
    Ok(())
}

async fn run_with_tray(speed: f64, event_loop: EventLoopHandle) -> Result<(), CliError> {
    let mut output = Output::new();
    let demo = Demo::new(speed).await.map_err(CliError::runtime)?;
    let shown = match tray_host::find().await {
        Ok(()) => {
            output.line(&format!(
                "The demo's icon is in the tray: four sample accounts on a simulated API, {}.",
                pace(speed)
            ));
            output.line("Ctrl-C quits.");
            demo.run_in_tray(event_loop).await
        }
        Err(why) => {
            output.line(&format!("No tray available, so the demo is shown here; Ctrl-C quits. {why}"));
            demo.run(|inbox| Terminal::new(&mut output, inbox)).await
        }
    };
    shown.map_err(CliError::runtime)
}

/// The simulated speed, such as `an hour a second`, in the largest unit with a whole number.
fn pace(speed: f64) -> String {
    if speed == 0.0 {
        return "with the time stopped".to_owned();
    }
    let units = [("a day", "days", 86_400.0), ("an hour", "hours", 3600.0), ("a minute", "minutes", 60.0)];
    let unit = units.into_iter().find(|(_, _, seconds)| speed % seconds == 0.0);
    let (one, many, seconds) = unit.unwrap_or(("a second", "seconds", 1.0));
    match speed / seconds {
        1.0 => format!("{one} a second"),
        count => format!("{count} {many} a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::pace;

    #[test]
    fn the_speed_is_printed_in_its_largest_whole_unit() {
        for (speed, words) in [
            (3600.0, "an hour a second"),
            (7200.0, "2 hours a second"),
            (86_400.0, "a day a second"),
            (60.0, "a minute a second"),
            (90.0, "90 seconds a second"),
            (1.0, "a second a second"),
            (0.5, "0.5 seconds a second"),
            (0.0, "with the time stopped"),
        ] {
            assert_eq!(pace(speed), words);
        }
    }
}
