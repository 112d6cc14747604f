import pytest

from theory.papers import PAPERS, Source


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
