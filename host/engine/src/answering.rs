//! One version of a component that is asked about many things at once.

use provisor_sandbox::{CallError, CallErrorKind};

/// One version of a component that is asked about many things at once. After a failure the next
/// question goes to a fresh instance.
pub(crate) trait Answering: Send {
    /// What it is asked about.
    type Input: Sync;
    /// What it says of one of them.
    type Answer: Send;

    /// Asks about some at once; one answer for each, in the same order.
    fn ask(
        &mut self,
        inputs: &[Self::Input],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, CallError>> + Send;
}

/// What came of asking about one thing.
#[derive(Debug)]
pub(crate) enum Each<T> {
    /// It answered.
    Answered(T),
    /// It gave no answer.
    Failed(CallError),
    /// It was not asked: others failed too often, or there was no place for an instance.
    Unasked,
}

/// Asks about all at once, and about each on its own where that fails: one that breaks the component
/// must not take its neighbours along. After so many failures no more is asked.
pub(crate) async fn each<V: Answering>(
    version: &mut V,
    inputs: &[V::Input],
    failures: u32,
) -> Vec<Each<V::Answer>> {
    let mut left = failures;
    let mut each = Vec::with_capacity(inputs.len());
    let together = match left {
        0 => None,
        _ => Some(version.ask(inputs).await),
    };
    match together {
        None => {}
        Some(Ok(answers)) => each.extend(answers.into_iter().map(Each::Answered)),
        Some(Err(error)) if inputs.len() == 1 => each.push(failed(error, &mut left)),
        Some(Err(_)) => {
            for input in inputs {
                if left == 0 {
                    break;
                }
                each.push(match version.ask(std::slice::from_ref(input)).await {
                    Ok(mut answers) => answers.pop().map_or(Each::Unasked, Each::Answered),
                    Err(error) => failed(error, &mut left),
                });
            }
        }
    }
    each.resize_with(inputs.len(), || Each::Unasked);
    each
}

fn failed<T>(error: CallError, left: &mut u32) -> Each<T> {
    // That there is no place is nobody's fault, least of all the component's.
    if error.kind == CallErrorKind::Busy {
        return Each::Unasked;
    }
    *left -= 1;
    Each::Failed(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Breaks down over 13, alone and in company.
    struct Superstitious {
        asked: usize,
    }

    impl Answering for Superstitious {
        type Input = u32;
        type Answer = u32;

        async fn ask(&mut self, inputs: &[u32]) -> Result<Vec<u32>, CallError> {
            self.asked += 1;
            match inputs.contains(&13) {
                false => Ok(inputs.to_vec()),
                true => Err(CallError {
                    kind: CallErrorKind::OutOfMemory,
                    component: None,
                    label: Box::default(),
                    function: "count",
                    log: Box::default(),
                }),
            }
        }
    }

    fn said(inputs: &[u32], failures: u32) -> (String, usize) {
        let mut version = Superstitious { asked: 0 };
        let said = {
            let mut asking = std::pin::pin!(each(&mut version, inputs, failures));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            match asking.as_mut().poll(&mut context) {
                std::task::Poll::Ready(said) => said,
                std::task::Poll::Pending => panic!("nothing to wait for"),
            }
        };
        let words: Vec<String> = said
            .into_iter()
            .map(|one| match one {
                Each::Answered(number) => number.to_string(),
                Each::Failed(error) => error.code().to_owned(),
                Each::Unasked => "-".to_owned(),
            })
            .collect();
        (words.join(" "), version.asked)
    }

    #[test]
    fn all_are_asked_at_once_where_that_works() {
        assert_eq!(said(&[1, 2, 3], 3), ("1 2 3".to_owned(), 1));
    }

    #[test]
    fn one_that_fails_does_not_take_its_neighbours_along() {
        assert_eq!(said(&[1, 13, 3], 3).0, "1 out-of-memory 3");
    }

    #[test]
    fn after_enough_failures_nothing_more_is_asked() {
        let (words, asked) = said(&[13, 1, 13, 3, 13], 2);
        assert_eq!(words, "out-of-memory 1 out-of-memory - -");
        assert_eq!(asked, 4);
        assert_eq!(said(&[1, 2], 0), ("- -".to_owned(), 0));
    }
}
