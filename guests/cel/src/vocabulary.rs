//! What an expression may name, and what is wrong with one before it runs.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};

use crate::Tables;
use crate::library::{FUNCTIONS, quoted, wrong_count};

/// The variables and tables that an expression may name.
#[derive(Debug, Clone)]
pub struct Vocabulary<'a> {
    /// Variables that hold one text or number.
    pub scalars: Vec<&'a str>,
    /// Variables that hold a list.
    pub lists: Vec<&'a str>,
    /// Variables that the settings define; they hold anything.
    pub defined: Vec<&'a str>,
    /// Variables whose members hold one text or number, such as `identity` of a mapping.
    pub families: Vec<&'a str>,
    /// Variables whose members hold a list, such as `values`.
    pub list_families: Vec<&'a str>,
    /// The lookup tables.
    pub tables: &'a Tables,
}

/// The functions that CEL has by itself and that make sense for attributes, with the arguments
/// that they take, the value before the dot included.
const BUILT_IN: [(&str, usize); 9] = [
    ("size", 1),
    ("contains", 2),
    ("startsWith", 2),
    ("endsWith", 2),
    ("string", 1),
    ("int", 1),
    ("uint", 1),
    ("double", 1),
    ("bool", 1),
];

impl<'a> Vocabulary<'a> {
    /// All names of variables.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        [
            &self.families,
            &self.list_families,
            &self.scalars,
            &self.lists,
            &self.defined,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    pub(crate) fn judge(&self, tree: &IdedExpr) -> Vec<String> {
        let mut judge = Judge {
            vocabulary: self,
            bound: Vec::new(),
            problems: BTreeSet::new(),
        };
        judge.expression(tree);
        judge.problems.into_iter().collect()
    }
}

struct Judge<'a> {
    vocabulary: &'a Vocabulary<'a>,
    /// Variables of the macros around the place, such as `v` of `list.map(v, …)`.
    bound: Vec<&'a str>,
    problems: BTreeSet<String>,
}

impl<'a> Judge<'a> {
    fn expression(&mut self, expression: &'a IdedExpr) {
        match &expression.expr {
            Expr::Unspecified => self.problem("a part of it is missing"),
            Expr::Literal(_) => {}
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => match self.family(&select.operand) {
                Some(_) if select.test => self.problem(format!(
                    "has(…) is true for every attribute here; ask for … != \"\" or \"{}\" in …",
                    select.field
                )),
                Some(_) => {}
                None => self.expression(&select.operand),
            },
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.elements.iter().for_each(|it| self.expression(it)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.expression(&entry.key);
                        self.expression(&entry.value);
                    }
                }
            }
            Expr::Struct(made) => self.problem(format!("there is no type {}", made.type_name)),
            Expr::Comprehension(it) => {
                self.expression(&it.iter_range);
                self.expression(&it.accu_init);
                let outside = self.bound.len();
                self.bound.push(&it.accu_var);
                self.bound.push(&it.iter_var);
                self.bound.extend(it.iter_var2.as_deref());
                self.expression(&it.loop_cond);
                self.expression(&it.loop_step);
                self.bound.truncate(outside);
                self.bound.push(&it.accu_var);
                self.expression(&it.result);
                self.bound.truncate(outside);
            }
        }
    }

    fn problem(&mut self, problem: impl Into<String>) {
        self.problems.insert(problem.into());
    }

    /// The name of the family that this is, unless a macro hides it.
    fn family(&self, expression: &IdedExpr) -> Option<&'a str> {
        let Expr::Ident(name) = &expression.expr else {
            return None;
        };
        let vocabulary = self.vocabulary;
        let mut families = vocabulary.families.iter().chain(&vocabulary.list_families);
        let family = families.find(|family| *family == name)?;
        (!self.bound.contains(family)).then_some(*family)
    }

    fn variable(&mut self, name: &str) {
        let known = self.vocabulary.names().any(|known| known == name);
        if !known && !self.bound.contains(&name) && !name.starts_with('@') {
            let names: Vec<&str> = self.vocabulary.names().collect();
            let names = names.join(", ");
            self.problem(format!("there is no variable {name}; there are {names}"));
        }
    }

    /// The name of what is a list for certain.
    fn list(&self, expression: &IdedExpr) -> Option<String> {
        let of_family = |family: &IdedExpr| {
            let family = self.family(family)?;
            let lists = &self.vocabulary.list_families;
            lists.contains(&family).then_some(family)
        };
        match &expression.expr {
            Expr::Ident(name) => {
                let list = self.vocabulary.lists.contains(&name.as_str());
                (list && !self.bound.contains(&name.as_str())).then(|| name.clone())
            }
            Expr::Select(select) => {
                let family = of_family(&select.operand)?;
                Some(format!("{family}.{}", select.field))
            }
            Expr::Call(call) if call.func_name == operators::INDEX => {
                let family = of_family(call.args.first()?)?;
                Some(format!("{family}[…]"))
            }
            _ => None,
        }
    }

    /// Whether this is no list for certain.
    fn scalar(&self, expression: &IdedExpr) -> bool {
        let of_family = |family: &IdedExpr| {
            let family = self.family(family);
            family.is_some_and(|family| self.vocabulary.families.contains(&family))
        };
        match &expression.expr {
            Expr::Literal(literal) => !matches!(literal, LiteralValue::Null),
            Expr::Ident(name) => {
                let name = name.as_str();
                self.vocabulary.scalars.contains(&name) && !self.bound.contains(&name)
            }
            Expr::Select(select) => of_family(&select.operand),
            Expr::Call(call) if call.func_name == operators::INDEX => {
                call.args.first().is_some_and(of_family)
            }
            _ => false,
        }
    }

    /// A list and a text are never equal, and nothing would ever say so.
    fn equality(&mut self, sides: &[&IdedExpr]) {
        let [left, right] = sides else { return };
        for (list, scalar) in [(left, right), (right, left)] {
            if let Some(name) = self.list(list)
                && self.scalar(scalar)
            {
                self.problem(format!(
                    "{name} is a list and never equal to one value; ask whether it is in the list: … in {name}"
                ));
            }
        }
    }

    fn call(&mut self, call: &'a CallExpr) {
        let target = call.target.as_deref().into_iter();
        let given: Vec<&'a IdedExpr> = target.chain(&call.args).collect();
        for argument in &given {
            let indexed = call.func_name == operators::INDEX && self.family(argument).is_some();
            if !indexed {
                self.expression(argument);
            }
        }
        let name = call.func_name.as_str();
        if name == operators::EQUALS || name == operators::NOT_EQUALS {
            self.equality(&given);
        }
        // Operators are named with signs that no function can have.
        if name.starts_with(|sign: char| !sign.is_ascii_alphabetic()) {
            return;
        }
        if let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) {
            if let Some(problem) = wrong_count(function, given.len()) {
                self.problem(format!("{name}: {problem}"));
            }
            if let Some((place, judge)) = function.literal
                && let Some(problem) = given.get(place).and_then(|it| judge(literal(it)?))
            {
                self.problem(format!("{name}: {problem}"));
            }
            if name.starts_with("lookup")
                && let Some(table) = given.first().and_then(|it| literal(it))
                && !self.vocabulary.tables.contains_key(table)
            {
                self.problem(format!("{name}: there is no table {}", quoted(table)));
            }
            return;
        }
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, wanted)) if *wanted != given.len() => {
                let count = given.len();
                self.problem(format!("{name}: it takes {wanted} arguments, not {count}"));
            }
            Some(_) => {}
            None => self.problem(format!("there is no function {name}")),
        }
    }
}

/// The text, when it is written out.
fn literal(expression: &IdedExpr) -> Option<&str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// Whether the tree has more levels than this. Looks no deeper than one more.
pub(crate) fn deeper_than(tree: &IdedExpr, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else {
        return true;
    };
    let deeper = |part: &IdedExpr| deeper_than(part, levels);
    let entry = |entry: &EntryExpr| match entry {
        EntryExpr::MapEntry(entry) => deeper(&entry.key) || deeper(&entry.value),
        EntryExpr::StructField(field) => deeper(&field.value),
    };
    match &tree.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => false,
        Expr::Select(select) => deeper(&select.operand),
        Expr::Call(call) => {
            call.target.as_deref().is_some_and(deeper) || call.args.iter().any(deeper)
        }
        Expr::List(list) => list.elements.iter().any(deeper),
        Expr::Map(map) => map.entries.iter().any(|it| entry(&it.expr)),
        Expr::Struct(made) => made.entries.iter().any(|it| entry(&it.expr)),
        Expr::Comprehension(it) => [
            &it.iter_range,
            &it.accu_init,
            &it.loop_cond,
            &it.loop_step,
            &it.result,
        ]
        .into_iter()
        .any(deeper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    fn problems(source: &str) -> Vec<String> {
        let row = [("known".to_owned(), vec!["value".to_owned()])];
        let tables = Tables::from([("departments".to_owned(), row.into())]);
        let vocabulary = Vocabulary {
            scalars: vec!["iteration", "zone"],
            lists: vec!["changed"],
            defined: vec!["own"],
            families: vec!["identity"],
            list_families: vec!["values"],
            tables: &tables,
        };
        Expression::compile(source).unwrap().problems(&vocabulary)
    }

    #[test]
    fn what_nobody_knows_is_named() {
        assert_eq!(
            problems("lower(nane) + shout(identity.x)"),
            [
                "there is no function shout",
                "there is no variable nane; there are identity, values, iteration, zone, changed, own",
            ]
        );
        assert_eq!(
            problems("Person{name: 'x'}.name"),
            ["there is no type Person"]
        );
    }

    #[test]
    fn what_is_known_is_no_problem() {
        for source in [
            "identity.first_name + identity['last-name'] + string(iteration)",
            "values.roles.filter(r, r.startsWith('x')).map(r, r.lower())",
            "values.a.exists(v, v in values.b)",
            "\"phone\" in identity ? localDate(identity.start, zone) : null",
            "lookupOr('departments', identity.cost_centre, 'none')",
            "{'a': 1}.a == 1 && size(values.x) > 0",
        ] {
            assert_eq!(problems(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn a_variable_of_a_macro_is_known_inside_of_it_only() {
        assert_eq!(problems("values.a.map(v, v + 'x')"), [""; 0]);
        assert!(problems("values.a.map(v, v)[0] + v")[0].starts_with("there is no variable v;"));
    }

    #[test]
    fn a_list_that_is_compared_with_one_value_is_a_problem() {
        for source in [
            "values.roles == 'x'",
            "'x' != values['the-roles']",
            "changed == identity.x",
            "values.roles == zone",
        ] {
            let found = problems(source);
            assert!(found[0].contains("is a list and never equal"), "{found:?}");
        }
        for source in [
            "values.roles == ['x']",
            "values.roles[0] == 'x'",
            "values.roles == values.groups",
            "identity.x == 'x'",
            "own == 'x'",
            "values.x.map(changed, changed == 'x')",
        ] {
            assert_eq!(problems(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn arguments_that_can_only_fail_are_named() {
        assert_eq!(
            problems("left(identity.x)"),
            ["left: it takes 2 arguments, not 1"]
        );
        assert_eq!(problems("identity.x.left(1)"), [""; 0]);
        assert_eq!(
            problems("lookup('departmens', identity.x)"),
            ["lookup: there is no table \"departmens\""]
        );
        assert!(problems("matches(identity.x, '[')")[0].starts_with("matches: "));
        assert!(problems("localDate(identity.x, 'Europe/Bratislav')")[0].contains("time zone"));
        assert!(problems("truncateBytes(identity.x, 3, 'utf-9')")[0].contains("encoding"));
        assert!(problems("has(identity.x)")[0].starts_with("has(…) is true"));
    }
}
