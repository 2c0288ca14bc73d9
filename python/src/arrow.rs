//! Columns lent to whoever reads the Arrow C stream interface: one batch of one struct,
//! whose buffers stay where they are. The only unsafe code of this crate.
//!
//! <https://arrow.apache.org/docs/format/CStreamInterface.html>: each structure that is
//! handed out owns what it points to through `private`, and is given back by its own
//! `release`, which is called once and sets itself to none.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

/// The values of a column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Numbers.
    Float(Vec<f64>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Days from 1970-01-01.
    Date(Vec<i32>),
    /// Where each text begins, and where the last ends; all texts.
    Text(Vec<i32>, Vec<u8>),
}

/// A column with its name.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, without a zero byte.
    pub name: CString,
    /// Its values, anything where there is none.
    pub column: Column,
    /// A bit for each value, the lowest first: whether there is one. Nothing where all are.
    pub valid: Option<Vec<u8>>,
    /// How many are missing.
    pub missing: usize,
}

/// Columns of one length.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Their length.
    pub rows: usize,
    /// The columns.
    pub fields: Vec<Field>,
}

impl Column {
    fn format(&self) -> &'static CStr {
        match self {
            Self::Float(_) => c"g",
            Self::Whole(_) => c"l",
            Self::Date(_) => c"tdD",
            Self::Text(..) => c"u",
        }
    }

    fn buffers(&self, valid: *const c_void) -> Vec<*const c_void> {
        match self {
            Self::Float(values) => vec![valid, values.as_ptr().cast()],
            Self::Whole(values) => vec![valid, values.as_ptr().cast()],
            Self::Date(values) => vec![valid, values.as_ptr().cast()],
            Self::Text(ends, bytes) => vec![valid, ends.as_ptr().cast(), bytes.as_ptr().cast()],
        }
    }
}

#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Schema,
    dictionary: *mut Schema,
    release: Option<unsafe extern "C" fn(*mut Schema)>,
    private: *mut c_void,
}

#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Array,
    dictionary: *mut Array,
    release: Option<unsafe extern "C" fn(*mut Array)>,
    private: *mut c_void,
}

#[repr(C)]
struct RawStream {
    get_schema: Option<unsafe extern "C" fn(*mut RawStream, *mut Schema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut RawStream, *mut Array) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut RawStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut RawStream)>,
    private: *mut c_void,
}

/// A value may be missing.
const NULLABLE: i64 = 2;

/// A stream in the memory of a capsule: whoever takes it over sets its `release` to none.
#[repr(transparent)]
pub struct Stream(RawStream);

// SAFETY: it owns all it points to, an `Arc` of what is never changed and a flag.
unsafe impl Send for Stream {}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(release) = self.0.release {
            // SAFETY: nobody has taken the stream over, so it is ours to give back.
            unsafe { release(&raw mut self.0) }
        }
    }
}

impl Stream {
    /// A stream of this batch.
    pub fn new(batch: Arc<Batch>) -> Self {
        let source = Box::new(Source { batch, done: false });
        Self(RawStream {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release_stream),
            private: Box::into_raw(source).cast(),
        })
    }
}

/// What a stream owns.
struct Source {
    batch: Arc<Batch>,
    done: bool,
}

/// What a schema owns.
struct OwnedSchema {
    batch: Arc<Batch>,
    children: Vec<*mut Schema>,
}

/// What an array owns.
struct OwnedArray {
    _batch: Arc<Batch>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut Array>,
}

/// The schema of a field of the batch, or of the batch itself.
fn schema(batch: &Arc<Batch>, field: Option<usize>) -> Schema {
    let children = match field {
        Some(_) => Vec::new(),
        None => (0..batch.fields.len())
            .map(|i| Box::into_raw(Box::new(schema(batch, Some(i)))))
            .collect(),
    };
    let mut owned = Box::new(OwnedSchema {
        batch: Arc::clone(batch),
        children,
    });
    let field = field.map(|i| &owned.batch.fields[i]);
    let format = field.map_or(c"+s", |field| field.column.format());
    let name = field.map_or(c"", |field| field.name.as_c_str());
    Schema {
        format: format.as_ptr(),
        name: name.as_ptr(),
        metadata: null(),
        flags: if field.is_some() { NULLABLE } else { 0 },
        n_children: owned.children.len() as i64,
        children: owned.children.as_mut_ptr(),
        dictionary: null_mut(),
        release: Some(release_schema),
        private: Box::into_raw(owned).cast(),
    }
}

/// The values of a field of the batch, or of the batch itself.
fn array(batch: &Arc<Batch>, field: Option<usize>) -> Array {
    let (buffers, missing, children) = match field {
        Some(i) => {
            let field = &batch.fields[i];
            let valid = field.valid.as_ref().map_or(null(), |v| v.as_ptr().cast());
            (field.column.buffers(valid), field.missing, Vec::new())
        }
        None => {
            let children = 0..batch.fields.len();
            let children = children.map(|i| Box::into_raw(Box::new(array(batch, Some(i)))));
            (vec![null()], 0, children.collect())
        }
    };
    let mut owned = Box::new(OwnedArray {
        _batch: Arc::clone(batch),
        buffers,
        children,
    });
    Array {
        length: batch.rows as i64,
        null_count: missing as i64,
        offset: 0,
        n_buffers: owned.buffers.len() as i64,
        n_children: owned.children.len() as i64,
        buffers: owned.buffers.as_mut_ptr(),
        children: owned.children.as_mut_ptr(),
        dictionary: null_mut(),
        release: Some(release_array),
        private: Box::into_raw(owned).cast(),
    }
}

/// No array any more: one without a `release`.
fn end() -> Array {
    Array {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: null_mut(),
        children: null_mut(),
        dictionary: null_mut(),
        release: None,
        private: null_mut(),
    }
}

unsafe extern "C" fn get_schema(stream: *mut RawStream, out: *mut Schema) -> c_int {
    // SAFETY: the caller's stream is one of `Stream::new`, not yet given back, and `out` is
    // its own to fill.
    unsafe {
        let source = &*(*stream).private.cast::<Source>();
        out.write(schema(&source.batch, None));
    }
    0
}

unsafe extern "C" fn get_next(stream: *mut RawStream, out: *mut Array) -> c_int {
    // SAFETY: as in `get_schema`; a stream is read by one thread at a time.
    unsafe {
        let source = &mut *(*stream).private.cast::<Source>();
        out.write(match source.done {
            true => end(),
            false => array(&source.batch, None),
        });
        source.done = true;
    }
    0
}

unsafe extern "C" fn get_last_error(_: *mut RawStream) -> *const c_char {
    null()
}

unsafe extern "C" fn release_stream(stream: *mut RawStream) {
    // SAFETY: called once, since it then sets itself to none.
    unsafe {
        drop(Box::from_raw((*stream).private.cast::<Source>()));
        (*stream).release = None;
    }
}

unsafe extern "C" fn release_schema(schema: *mut Schema) {
    // SAFETY: called once, as above. A child that was moved away has no `release`; its
    // memory is still the parent's.
    unsafe {
        let owned = Box::from_raw((*schema).private.cast::<OwnedSchema>());
        for &child in &owned.children {
            if let Some(release) = (*child).release {
                release(child);
            }
            drop(Box::from_raw(child));
        }
        (*schema).release = None;
    }
}

unsafe extern "C" fn release_array(array: *mut Array) {
    // SAFETY: as `release_schema`.
    unsafe {
        let owned = Box::from_raw((*array).private.cast::<OwnedArray>());
        for &child in &owned.children {
            if let Some(release) = (*child).release {
                release(child);
            }
            drop(Box::from_raw(child));
        }
        (*array).release = None;
    }
}
