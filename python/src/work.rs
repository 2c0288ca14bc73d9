//! Work on threads of its own: watched, stopped and waited for from Python.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use capbind::Error;
use capbind::cli::inside;
use capbind::scenario::Scenario;
use capbind::simulate::Observer;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::raised;

/// The pools of this process by its number and their threads. A child of a process has
/// none of its threads, so it takes pools of its own; those of its parent stay where they
/// are, since to end them would be to wait for threads that are not there.
static POOLS: Mutex<BTreeMap<(u32, usize), Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());

/// A pool of this many threads, 0 for all cores.
///
/// Locked under the interpreter's own lock only, which a fork holds: a child never finds
/// it locked by a thread that it does not have.
///
/// # Errors
/// Where they cannot be started.
pub fn pool(_: Python<'_>, threads: usize) -> PyResult<Arc<ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (std::process::id(), threads);
    if let Some(pool) = pools.get(&key) {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let pool = Arc::new(pool);
    pools.insert(key, Arc::clone(&pool));
    Ok(pool)
}

/// Something short on the pool of all cores, without the interpreter's lock. An interruption
/// stops it where it asks.
///
/// # Errors
/// Those of `short`, and the interruption.
pub fn quick<T: Send>(
    py: Python<'_>,
    short: impl FnOnce(&dyn Observer) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let pool = pool(py, 0)?;
    let stop = Stop(AtomicBool::new(false));
    let (send, receive) = channel();
    let (done, signal) = py.detach(move || {
        pool.in_place_scope(|scope| {
            let stop = &stop;
            scope.spawn(move |_| {
                // The receiver waits below.
                let _ = send.send(short(stop));
            });
            let mut signal = Ok(());
            loop {
                match receive.recv_timeout(TICK) {
                    Ok(done) => return (Some(done), signal),
                    Err(RecvTimeoutError::Timeout) if signal.is_ok() => {
                        signal = Python::attach(|py| py.check_signals());
                        stop.0.store(signal.is_err(), Relaxed);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    // It has panicked, which the scope passes on.
                    Err(RecvTimeoutError::Disconnected) => return (None, signal),
                }
            }
        })
    });
    signal?;
    let done = done.ok_or_else(|| PyRuntimeError::new_err("it has no result"))?;
    done.map_err(|error| raised(py, &error))
}

/// After so long signals are looked at.
const TICK: Duration = Duration::from_millis(50);

/// Whether to stop.
struct Stop(AtomicBool);

impl Observer for Stop {
    fn cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Refuses runs that do not fit into memory on so many threads (0: all cores), with so many
/// paths kept one by one; what there is to warn of.
///
/// # Errors
/// With what it takes and what to try.
pub fn admitted<'a>(
    py: Python<'_>,
    scenarios: impl IntoIterator<Item = &'a Scenario>,
    kept: u64,
    threads: usize,
) -> PyResult<Vec<String>> {
    let mut warnings = Vec::new();
    for scenario in scenarios {
        let admitted = inside::admit(scenario, kept, threads);
        warnings.extend(admitted.map_err(|error| raised(py, &error))?);
    }
    warnings.sort();
    warnings.dedup();
    Ok(warnings)
}

/// Makes an object of Python of what was found.
pub type Finish = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>> + Send>;

/// What counts and may stop.
pub struct Watch {
    done: AtomicU64,
    /// Steps in all; 0 where that is not known.
    total: AtomicU64,
    stop: AtomicBool,
    send: Mutex<Sender<Message>>,
}

impl Observer for Watch {
    fn progress(&self, more: u64) {
        self.done.fetch_add(more, Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Relaxed)
    }
}

impl Watch {
    /// Says how many steps there are in all.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Relaxed);
    }

    /// Hands over a part of the results.
    pub fn piece(&self, piece: Finish) {
        self.say(Message::Piece(piece));
    }

    fn say(&self, message: Message) {
        let send = self.send.lock().unwrap_or_else(PoisonError::into_inner);
        // Where nobody waits any more there is nobody to tell.
        let _ = send.send(message);
    }
}

enum Message {
    Piece(Finish),
    End(Result<Finish, Box<Error>>),
    Panic(String),
}

/// Work under way.
#[pyclass(frozen, module = "capbind._capbind")]
pub struct Work {
    watch: Arc<Watch>,
    /// What is to be known before it begins.
    warnings: Vec<String>,
    /// Whose threads it is on.
    process: u32,
    state: Mutex<State>,
}

struct State {
    receive: Receiver<Message>,
    pieces: VecDeque<Finish>,
    end: Option<Message>,
}

impl Work {
    /// Starts `task` on a pool of this many threads; of `total` steps, 0 where that is not
    /// known.
    ///
    /// # Errors
    /// Where threads cannot be started.
    pub fn start(
        py: Python<'_>,
        threads: usize,
        total: u64,
        task: impl FnOnce(&Watch) -> Result<Finish, Error> + Send + 'static,
    ) -> PyResult<Self> {
        let pool = pool(py, threads)?;
        let (send, receive) = channel();
        let watch = Arc::new(Watch {
            done: AtomicU64::new(0),
            total: AtomicU64::new(total),
            stop: AtomicBool::new(false),
            send: Mutex::new(send),
        });
        let own = Arc::clone(&watch);
        pool.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(|| task(&own)));
            own.say(match done {
                Ok(done) => Message::End(done.map_err(Box::new)),
                Err(panic) => Message::Panic(words(&*panic)),
            });
        });
        Ok(Self {
            watch,
            warnings: Vec::new(),
            process: std::process::id(),
            state: Mutex::new(State {
                receive,
                pieces: VecDeque::new(),
                end: None,
            }),
        })
    }

    /// The same with what is to be known before it begins.
    pub fn warning(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// Refuses to wait in a child of the process that has the threads.
    fn check_process(&self) -> PyResult<()> {
        match self.process == std::process::id() {
            true => Ok(()),
            false => Err(PyRuntimeError::new_err(
                "this work was begun before the process was forked, on threads that this one \
                 does not have\n  try: begin it anew here",
            )),
        }
    }

    /// Waits for the next message; whether there will be no more.
    fn step(&self, milliseconds: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.end.is_some() {
            return true;
        }
        match state
            .receive
            .recv_timeout(Duration::from_millis(milliseconds))
        {
            Ok(Message::Piece(piece)) => state.pieces.push_back(piece),
            Ok(end) => state.end = Some(end),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                state.end = Some(Message::Panic("its thread has gone".to_owned()));
            }
        }
        state.end.is_some()
    }
}

#[pymethods]
impl Work {
    /// Steps done.
    #[getter]
    fn done(&self) -> u64 {
        self.watch.done.load(Relaxed)
    }

    /// Steps in all; 0 where that is not known.
    #[getter]
    fn total(&self) -> u64 {
        self.watch.total.load(Relaxed)
    }

    /// What is to be known before it begins.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// Waits up to this long, or for a piece; whether the work has ended.
    fn wait(&self, py: Python<'_>, milliseconds: u64) -> PyResult<bool> {
        self.check_process()?;
        Ok(py.detach(|| self.step(milliseconds)))
    }

    /// The parts of the results that have come since.
    fn pieces<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let pieces = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut state.pieces)
        };
        pieces.into_iter().map(|piece| piece(py)).collect()
    }

    /// Stops the work and waits until it has stopped.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        self.check_process()?;
        self.watch.stop.store(true, Relaxed);
        py.detach(|| while !self.step(1000) {});
        Ok(())
    }

    /// What it came to, once.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check_process()?;
        py.detach(|| while !self.step(1000) {});
        let end = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = Message::Panic("its result was taken".to_owned());
            state.end.replace(taken)
        };
        match end {
            Some(Message::End(Ok(finish))) => finish(py),
            Some(Message::End(Err(error))) => Err(raised(py, &error)),
            Some(Message::Panic(words)) => Err(PyRuntimeError::new_err(format!(
                "capbind failed: {words}; please report it"
            ))),
            _ => Err(PyRuntimeError::new_err("it has no result")),
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("an error inside").to_owned()
}
