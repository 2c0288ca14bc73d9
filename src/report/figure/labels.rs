//! Labels that do not overlap: along a column, and in rows above a plot.

/// A label on its way to a place in a column: where it wants its middle and how
/// much height it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Wanted middle.
    pub middle: f64,
    /// Height with its share of blank space.
    pub height: f64,
}

/// The middles nearest to those wanted (least squares) at which labels keep
/// their order, do not overlap and stay between `low` and `high`. Where they
/// cannot all fit they are set evenly closer. `wishes` ascend.
pub fn spread(wishes: &[Wish], low: f64, high: f64) -> Vec<f64> {
    let total: f64 = wishes.iter().map(|wish| wish.height).sum();
    let squeeze = if total > high - low {
        ((high - low) / total).max(0.0)
    } else {
        1.0
    };
    // Measured from the stack of all labels above it, each label's wish must
    // only not be less than its predecessor's: isotonic regression by pooling.
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut above = 0.0;
    for wish in wishes {
        let height = wish.height * squeeze;
        offsets.push(above + height / 2.0);
        above += height;
    }
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut pool = (wish.middle - offset, 1);
        while let Some(&(mean, count)) = pools.last() {
            if mean <= pool.0 {
                break;
            }
            pools.pop();
            let joint = count + pool.1;
            pool = (
                (mean * count as f64 + pool.0 * pool.1 as f64) / joint as f64,
                joint,
            );
        }
        pools.push(pool);
    }
    let latest = (high - above).max(low);
    pools
        .into_iter()
        .flat_map(|(start, count)| std::iter::repeat_n(start.clamp(low, latest), count))
        .zip(offsets)
        .map(|(start, offset)| start + offset)
        .collect()
}

/// A label that hangs like a flag on a vertical line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flag {
    /// Where the line stands.
    pub x: f64,
    /// Width of the label with the blank space about it.
    pub width: f64,
    /// Whether it is left out only for want of any room.
    pub is_essential: bool,
}

/// Where a flag hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Row, from the plot upwards.
    pub row: usize,
    /// Whether it hangs to the left of its line.
    pub leftwards: bool,
}

/// Hangs flags in rows so that no label overlaps another or is crossed by
/// another's line, between `left` and `right`. `None` where there is no room: essential
/// ones are left out last, and of the others as few as a bounded search finds, from
/// flags in the order given, each in the lowest row on either side, and from stairs,
/// which begin with the rightmost line and go to the right if at all possible.
pub fn hang(flags: &[Flag], left: f64, right: f64, max_rows: usize) -> Vec<Option<Slot>> {
    let by_row: Vec<Slot> = (0..max_rows)
        .flat_map(|row| [false, true].map(|leftwards| Slot { row, leftwards }))
        .collect();
    let given = hang_in_order(flags, left, right, &by_row);
    if given.iter().all(Option::is_some) {
        return given;
    }
    let by_side: Vec<Slot> = [false, true]
        .into_iter()
        .flat_map(|leftwards| (0..max_rows).map(move |row| Slot { row, leftwards }))
        .collect();
    let mut order: Vec<usize> = (0..flags.len()).collect();
    order.sort_by(|&a, &b| flags[b].x.total_cmp(&flags[a].x));
    let sorted: Vec<Flag> = order.iter().map(|&i| flags[i]).collect();
    let mut stairs = vec![None; flags.len()];
    let slots = hang_in_order(&sorted, left, right, &by_side);
    for (i, slot) in order.into_iter().zip(slots) {
        stairs[i] = slot;
    }
    let mut search = Search {
        flags,
        side: (left, right),
        slots: &by_row,
        steps: 0,
        best: given,
    };
    if search.missing(&stairs) < search.missing(&search.best) {
        search.best = stairs;
    }
    search.go(&mut Vec::new());
    search.best
}

/// Looks for a way to hang flags that leaves out fewer.
struct Search<'f> {
    flags: &'f [Flag],
    side: (f64, f64),
    slots: &'f [Slot],
    steps: usize,
    best: Vec<Option<Slot>>,
}

impl Search<'_> {
    /// How much it costs to leave out those that are.
    fn missing(&self, slots: &[Option<Slot>]) -> usize {
        const ESSENTIAL: usize = 1000;
        let left_out = self
            .flags
            .iter()
            .zip(slots)
            .filter(|(_, slot)| slot.is_none());
        left_out
            .map(|(flag, _)| if flag.is_essential { ESSENTIAL } else { 1 })
            .sum()
    }

    fn go(&mut self, hung: &mut Vec<Option<Slot>>) {
        const MOST_STEPS: usize = 20_000;
        self.steps += 1;
        if self.steps > MOST_STEPS || self.missing(hung) >= self.missing(&self.best) {
            return;
        }
        let Some(flag) = self.flags.get(hung.len()) else {
            self.best.clone_from(hung);
            return;
        };
        for slot in self.slots {
            if is_free(flag, *slot, &self.flags[..hung.len()], hung, self.side) {
                hung.push(Some(*slot));
                self.go(hung);
                hung.pop();
            }
        }
        hung.push(None);
        self.go(hung);
        hung.pop();
    }
}

/// Whether a flag may hang at a slot beside those that hang already.
fn is_free(
    flag: &Flag,
    slot: Slot,
    others: &[Flag],
    hung: &[Option<Slot>],
    (left, right): (f64, f64),
) -> bool {
    let (start, end) = extent(flag, slot);
    let beside =
        |(other, at): (&Flag, &Option<Slot>)| at.is_none_or(|at| compatible(flag, slot, other, at));
    start >= left && end <= right && others.iter().zip(hung).all(beside)
}

fn hang_in_order(flags: &[Flag], left: f64, right: f64, candidates: &[Slot]) -> Vec<Option<Slot>> {
    let mut slots: Vec<Option<Slot>> = Vec::with_capacity(flags.len());
    for flag in flags {
        let free = |slot: &&Slot| is_free(flag, **slot, flags, &slots, (left, right));
        slots.push(candidates.iter().find(free).copied());
    }
    slots
}

fn extent(flag: &Flag, slot: Slot) -> (f64, f64) {
    if slot.leftwards {
        (flag.x - flag.width, flag.x)
    } else {
        (flag.x, flag.x + flag.width)
    }
}

/// Lines reach from the plot up to their own label's row.
fn compatible(flag: &Flag, slot: Slot, other: &Flag, at: Slot) -> bool {
    let (start, end) = extent(flag, slot);
    let (other_start, other_end) = extent(other, at);
    let overlap = slot.row == at.row && start < other_end && other_start < end;
    let crossed = at.row >= slot.row && start < other.x && other.x < end;
    let crossing = slot.row >= at.row && other_start < flag.x && flag.x < other_end;
    !(overlap || crossed || crossing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(middles: &[f64]) -> Vec<Wish> {
        middles
            .iter()
            .map(|&middle| Wish {
                middle,
                height: 10.0,
            })
            .collect()
    }

    #[test]
    fn labels_with_room_stay() {
        assert_eq!(
            spread(&wishes(&[20.0, 40.0, 60.0]), 0.0, 100.0),
            [20.0, 40.0, 60.0]
        );
        assert!(spread(&[], 0.0, 100.0).is_empty());
    }

    #[test]
    fn coinciding_labels_are_pushed_apart_about_their_wish() {
        assert_eq!(
            spread(&wishes(&[50.0, 50.0, 50.0]), 0.0, 100.0),
            [40.0, 50.0, 60.0]
        );
        assert_eq!(
            spread(&wishes(&[0.0, 0.0, 0.0]), 0.0, 100.0),
            [5.0, 15.0, 25.0]
        );
        assert_eq!(spread(&wishes(&[100.0, 100.0]), 0.0, 100.0), [85.0, 95.0]);
    }

    #[test]
    fn labels_without_room_are_squeezed_into_it() {
        let middles = spread(&wishes(&[3.0; 30]), 0.0, 100.0);
        assert!(middles[0] >= 0.0 && middles[29] <= 100.0);
        assert!(middles.windows(2).all(|pair| pair[0] < pair[1]));
    }

    fn flag(x: f64, width: f64) -> Flag {
        Flag {
            x,
            width,
            is_essential: false,
        }
    }

    #[test]
    fn flags_never_collide() {
        let flags: Vec<Flag> = [10.0, 12.0, 50.0, 95.0, 96.0, 97.0]
            .map(|x| flag(x, 30.0))
            .to_vec();
        let slots = hang(&flags, 0.0, 100.0, 4);
        assert!(slots[0].is_some());
        for (i, a) in slots.iter().enumerate() {
            for (j, b) in slots.iter().enumerate() {
                if let (true, Some(a), Some(b)) = (i != j, a, b) {
                    assert!(compatible(&flags[i], *a, &flags[j], *b), "{i} {j}");
                }
            }
        }
        let stairs: Vec<Flag> = [50.0, 20.0, 30.0, 40.0, 60.0]
            .map(|x| flag(x, 35.0))
            .to_vec();
        assert!(hang(&stairs, 0.0, 100.0, 5).iter().all(Option::is_some));
        assert_eq!(hang(&[flag(50.0, 70.0)], 0.0, 100.0, 4), [None]);
        // In a single row of two, the essential one stays although it comes last.
        let essential = Flag {
            is_essential: true,
            ..flag(52.0, 48.0)
        };
        let slots = hang(&[flag(50.0, 49.0), essential], 0.0, 60.0, 1);
        assert!(slots[1].is_some() && slots[0].is_none(), "{slots:?}");
    }
}
