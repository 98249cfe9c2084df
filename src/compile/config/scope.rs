//! Names while a configuration is evaluated.

use super::value::Value;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The names of a file, a function or a block.
#[derive(Default)]
pub(super) struct Scope<'a> {
    names: RefCell<HashMap<Rc<str>, Value<'a>>>,
    parent: Option<Rc<Scope<'a>>>,
}

impl<'a> Scope<'a> {
    pub fn inside(parent: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            parent: Some(parent.clone()),
        })
    }

    pub fn declare(&self, name: &str, value: Value<'a>) {
        self.names.borrow_mut().insert(name.into(), value);
    }

    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut scope = Some(self);
        while let Some(at) = scope {
            if let Some(value) = at.names.borrow().get(name) {
                return Some(value.clone());
            }
            scope = at.parent.as_deref();
        }
        None
    }

    /// Assigns to a name that is declared.
    pub fn set(&self, name: &str, value: Value<'a>) {
        let mut scope = Some(self);
        while let Some(at) = scope {
            if let Some(known) = at.names.borrow_mut().get_mut(name) {
                *known = value;
                return;
            }
            scope = at.parent.as_deref();
        }
    }

    /// Lets go of what it holds: closures and the scope they stand in hold each other.
    pub fn clear(&self) {
        self.names.borrow_mut().clear();
    }
}
