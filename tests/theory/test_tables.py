"""Tables of a paper's own numbers: their heads are the domain, and what is printed the value."""

import inspect
import math
import pickle

import mpmath
import numpy as np
import pytest
import sympy

from theory.domains import DomainError, OneOf, Reals
from theory.parameters import DEPTH, WIDTH, Parameter
from theory.tables import Table

NAMES = ("C10k-B11c", "C10k-B11t", "C10k-B12t", "C10k-B13t")
MODEL = Parameter("model", "m", OneOf(*NAMES), "class of the model", NAMES[:2])
RATE = Parameter("learning_rate", "eta", Reals(0, low_open=True), "learning rate", (0.1, 1))
TERMS = {
    "name": "variation_printed", "paper": "susanna2024", "where": "Table 4.3",
    "statistic": "largest of 3 runs",
}  # fmt: skip
TABLE = Table.read("tables/4.3.csv", keys=(DEPTH, MODEL), **TERMS)


def test_a_cell_gives_the_number_that_is_printed_there():
    assert TABLE(depth=128, model="C10k-B11t") == 0.3359
    assert TABLE(depth=1024.0, model="C10k-B11t") == 122
    assert TABLE(depth=1024, model="C10k-B13t") == math.inf
    assert TABLE.printed(depth=128, model="C10k-B11c") == "7.883e-6"


def test_the_domain_is_the_heads_of_the_table():
    assert TABLE.domain == {
        "depth": OneOf(128, 256, 1024), "model": OneOf("C10k-B11c", "C10k-B11t", "C10k-B13t"),
    }  # fmt: skip
    assert TABLE.parameters[0].symbol == DEPTH.symbol
    assert len(TABLE.cells) == 9
    assert TABLE.cells[1] == {"depth": 128, "model": "C10k-B11t"}
    assert [TABLE.printed(**cell) for cell in TABLE.cells][-3:] == ["0", "122", "∞"]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"depth": 100, "model": "C10k-B11c"}, "depth = 100 is not one of 128, 256 or 1024"),
        ({"depth": 128, "model": "C10k-B12t"}, "model = 'C10k-B12t' is not one of 'C10k-B11c', "),
        ({"depth": math.nan, "model": "C10k-B11c"}, "depth = nan is not one of"),
        ({"depth": 10**4500, "model": "C10k-B11c"}, "depth = 1.000e+4500 is not one of"),
        ({"depth": np.array([128, 129]), "model": "C10k-B11c"}, "depth = 129 is not one of"),
        ({"depth": 128, "model": np.array(["C10k-B11c", "x"])}, "model = 'x' is not one of"),
    ],
)
def test_off_the_table_the_cells_that_there_are_are_named(place, told):
    with pytest.raises(DomainError) as error:
        TABLE(**place)
    assert str(error.value).startswith(f"variation_printed: {told}")
    assert str(error.value).endswith(", which Table 4.3 has")
    with pytest.raises(DomainError, match=r"which Table 4\.3 has"):
        TABLE.check(**place)


def test_every_kind_of_number_reads_the_same_table():
    depths = np.array([[128], [1024]])
    found = TABLE(depth=depths, model=np.array(NAMES[:2]))
    assert found.tolist() == [[7.883e-6, 0.3359], [0, 122]]
    assert TABLE(depth=depths, model="C10k-B11t").shape == (2, 1)
    assert TABLE(depth=128, model=np.array(NAMES[:2])).tolist() == [7.883e-6, 0.3359]
    assert TABLE(depth=sympy.Integer(128), model="C10k-B11t") == 0.3359
    with mpmath.workdps(50):
        value = TABLE(depth=mpmath.mpf(128), model="C10k-B11t")
        assert value == mpmath.mpf("0.3359")
        assert value != 0.3359
        assert TABLE.log(depth=mpmath.mpf(128), model="C10k-B11t") == mpmath.log(value)


def test_what_cannot_be_looked_up_is_named():
    with pytest.raises(TypeError, match=r"variation_printed: takes numbers, .* symbol argument"):
        TABLE(depth=DEPTH.symbol, model="C10k-B11t")
    with pytest.raises(TypeError, match="depth = '128' is a str; give a number"):
        TABLE(depth="128", model="C10k-B11t")
    with pytest.raises(TypeError, match="missing model"):
        TABLE(depth=128)


def test_logarithms_are_those_of_the_printed_numbers():
    assert TABLE.log(depth=128, model="C10k-B11t") == math.log(0.3359)
    assert TABLE.log(depth=1024, model="C10k-B11c") == -math.inf
    below = table(128, "-1.5")
    with pytest.raises(ValueError, match="is negative there"):
        below.log(depth=128)


@pytest.mark.parametrize(
    ("printed", "half_a_unit"),
    [("0.3359", 5e-5), ("7.883e-6", 5e-10), ("122", 0.5), ("0", 0.5), ("1.50E+4", 50), ("∞", 0)],
)
def test_a_printed_number_stands_for_all_that_round_to_it(printed, half_a_unit):
    assert table(128, printed).rounding(depth=128) == pytest.approx(half_a_unit, rel=1e-14)


def test_a_table_for_each_column_is_the_same_table_there():
    parts = TABLE.by(MODEL)
    assert [part.name for part in parts] == [
        f"variation_printed_{name}" for name in ("C10k_B11c", "C10k_B11t", "C10k_B13t")
    ]
    assert parts[1].domain == {"depth": OneOf(128, 256, 1024), "model": OneOf("C10k-B11t")}
    assert parts[1](depth=256, model="C10k-B11t") == 0.3247
    assert len(TABLE.by(DEPTH)) == 3
    with pytest.raises(ValueError, match="learning_rate is none of depth, model"):
        TABLE.by(RATE)


def test_it_reads_like_any_form():
    assert TABLE.status == "printed"
    assert str(TABLE.source) == "Susanna (2024), Table 4.3"
    assert TABLE.formula == "largest of 3 runs as in Table 4.3"
    assert TABLE.by(MODEL)[0].formula == "largest of 3 runs as in Table 4.3, model = C10k-B11c"
    assert TABLE.latex == r"\text{largest of 3 runs as in Table 4.3}"
    assert TABLE.python == "variation_printed(depth=128, model='C10k-B11c')"
    assert list(inspect.signature(TABLE).parameters) == ["depth", "model"]
    assert "depth (L): one of 128, 256 or 1024; number L of residual blocks." in TABLE.__doc__
    assert repr(TABLE) == "<printed form variation_printed: largest of 3 runs as in Table 4.3>"
    again = pickle.loads(pickle.dumps(TABLE))
    assert again == TABLE
    assert again(depth=128, model="C10k-B11t") == 0.3359


def test_the_digest_is_that_of_the_numbers():
    assert table(128, "0.336").digest == table(128, "0.336").digest
    assert table(128, "0.336").digest != table(128, "0.3360").digest


def table(depth, *printed):
    entries = tuple(((depth + place,), text) for place, text in enumerate(printed))
    return Table(parameters=(DEPTH,), entries=entries, **TERMS)


def written(folder, text, keys):
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return Table.read(str(path), keys=keys, **TERMS)


def test_one_key_has_one_column_and_real_heads_are_real(tmp_path):
    found = written(tmp_path, "learning_rate,loss\n0.1,1.5\n1e-3,2\n", (RATE,))
    assert found(learning_rate=0.001) == 2
    assert found.domain == {"learning_rate": OneOf(0.1, 0.001)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: must name depth and the columns behind it"),
        ("L,C10k-B11c\n1,2\n", "line 1: must name depth and the columns behind it"),
        ("depth\n1\n", "line 1: must name depth and the columns behind it"),
        ("depth,C10k\n1,2\n", "line 1: model = 'C10k' is not one of 'C10k-B11c', "),
        ("depth,C10k-B11c,C10k-B11c\n1,2,3\n", "line 1: model = C10k-B11c is given twice"),
        ("depth,C10k-B11c\n1,2\n1,3\n", "line 3: depth = 1 is given twice"),
        ("depth,C10k-B11c\n1,2,3\n", "line 2: holds 3 cells, and line 1 2"),
        ("depth,C10k-B11c\n1\n", "line 2: holds 1 cells, and line 1 2"),
        ("depth,C10k-B11c\n1.5,2\n", "line 2: depth = '1.5' is not an integer >= 1"),
        ("depth,C10k-B11c\nL,2\n", "line 2: depth = 'L' is not an integer >= 1"),
        ("depth,C10k-B11c\n1,\n", "1, C10k-B11c: '' must be a printed number, such as 7.88e-6"),
        ("depth,C10k-B11c\n1,.5\n", "1, C10k-B11c: '.5' must be a printed number"),
        ("depth,C10k-B11c\n1,nan\n", "1, C10k-B11c: 'nan' must be a printed number"),
        ("depth,C10k-B11c\n1, 2\n", "1, C10k-B11c: ' 2' must be a printed number"),
        ("depth,C10k-B11c\n1,1_000\n", "1, C10k-B11c: '1_000' must be a printed number"),
        ("depth,C10k-B11c\n", "entries = (): must hold one number at least"),
        ('depth,C10k-B11c\n1,"2\n', "unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_is_told_in_one_line(tmp_path, text, told):
    with pytest.raises(ValueError, match=r"table\.csv: ") as error:
        written(tmp_path, text, (DEPTH, MODEL))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_table_is_refused():
    with pytest.raises(ValueError, match="statistic = '3_runs': must be words without"):
        Table(parameters=(DEPTH,), entries=(((1,), "2"),), **{**TERMS, "statistic": "3_runs"})
    entries = (((1, 2), "2"), ((3, 4), "3"))
    with pytest.raises(ValueError, match="has 2 numbers for 4 cells, and none at 1, 4"):
        Table(parameters=(DEPTH, WIDTH), entries=entries, **TERMS)
    with pytest.raises(ValueError, match="has 2 numbers for 1 cells"):
        Table(parameters=(DEPTH,), entries=(((1,), "2"), ((1,), "3")), **TERMS)
    with pytest.raises(ValueError, match="depth = 0 is not an integer >= 1"):
        table(0, "1")
    with pytest.raises(ValueError, match="of them; must be those of its rows and its columns"):
        Table.read("tables/4.3.csv", keys=(), **TERMS)
    with pytest.raises(ValueError, match=r"tables/4\.3\.csv: line 1: 3 columns, and no parameter"):
        Table.read("tables/4.3.csv", keys=(DEPTH,), **TERMS)
    with pytest.raises(FileNotFoundError):
        Table.read("tables/4.4.csv", keys=(DEPTH, MODEL), **TERMS)
