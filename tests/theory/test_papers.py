import pytest

from theory.papers import PAPERS, Paper, Source


def test_each_paper_is_filed_under_its_key():
    assert sorted(PAPERS) == ["chen2020", "furusho2020", "luo2018", "susanna2024", "zhang2022"]
    for key, paper in PAPERS.items():
        assert paper.key == key
        assert key.endswith(str(paper.year))
        assert paper.authors[0].split()[-1].lower() == key.removesuffix(str(paper.year))


def test_a_source_reads_as_a_citation():
    assert str(Source("furusho2020", "Theorem 6, eq 27")) == "Furusho (2020), Theorem 6, eq 27"
    assert str(Source("luo2018", "eq 13")) == "Luo et al. (2018), eq 13"


def test_an_unknown_paper_is_refused():
    with pytest.raises(ValueError, match="'luo1918' is unknown; the papers are"):
        Source("luo1918", "eq 1")


def test_a_paper_of_ones_own_is_cited_like_any_other():
    notes = Paper("notes2026", ("A. Reader", "B. Writer"), "Notes", 2026, "notes")
    assert str(Source(notes, "Lemma 1")) == "Reader et al. (2026), Lemma 1"
    assert Source(notes, "Lemma 1").cited is notes
    assert Source("luo2018", "eq 13").cited is PAPERS["luo2018"]


def test_a_key_that_no_id_could_begin_with_is_refused():
    with pytest.raises(ValueError, match="key = 'my/notes': must be"):
        Paper("my/notes", ("A. Reader",), "Notes", 2026, "notes")


@pytest.mark.parametrize("authors", ["A. Reader", ()], ids=["text", "nobody"])
def test_authors_that_are_no_tuple_of_names_are_refused(authors):
    with pytest.raises(ValueError, match=r"authors = .*: must be a tuple of names"):
        Paper("notes2026", authors, "Notes", 2026, "notes")
