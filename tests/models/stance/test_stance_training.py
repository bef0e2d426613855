"""Training a stance tower for real, on an encoder of a few kilobytes and made-up pairs."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from minsheng.errors import ConfigError, ModelUnusable
from minsheng.strict import read_yaml
from models.stance import open_stance
from models.stance_network import StanceTower, load_tower, new_tower
from models.training import stance_recipes
from models.training.stance import main
from models.training.stance_evaluation import baselines, evaluate_stance, intervals
from models.training.stance_plan import StancePlan, read_sets
from models.training.stance_recipes import CONTRADICTS, NEITHER, SUPPORTS, StancePair

PLAN = Path(__file__).resolve().parents[3] / "models" / "training" / "stance.yml"


def change(plan: Path, **changes) -> Path:
    plan.write_text(yaml.safe_dump(yaml.safe_load(plan.read_text("utf-8")) | changes), "utf-8")
    return plan


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_tower(folder / "stance" / "model", folder / "student")[1].state_dict())


def pair(**fields) -> StancePair:
    values = {
        "comment": "路灯坏了",
        "claim": "路灯修好了",
        "stance": 1,
        "kind": "clauses",
        "domain": "环保",
        "source": "",
    }
    return StancePair(**(values | fields))


def test_training_writes_a_folder_that_reads_pairs_and_a_second_run_has_nothing_left_to_do(plan, tmp_path, capsys):
    main(["--config", str(plan)])
    first = capsys.readouterr().out
    made = weights(tmp_path)

    main(["--config", str(plan)])

    assert "epoch=2 dev_macro_f1=" in first
    assert "held_nlpcc2016_macro_f1=" in first
    assert "tokens_per_s" not in capsys.readouterr().out
    assert all(torch.equal(value, made[name]) for name, value in weights(tmp_path).items())
    model = open_stance(tmp_path / "stance" / "model", lower=tmp_path / "student", threads=1)
    (reading,) = model.read([("路灯坏了没人修", "支持路灯坏了没人修")])
    assert reading.supports + reading.contradicts + reading.neither == pytest.approx(1)


def test_a_run_that_was_cut_in_the_middle_of_an_epoch_ends_with_the_same_weights(plan, tmp_path, capsys):
    main(["--config", str(plan)])
    whole = weights(tmp_path)

    main(["--config", str(plan), "--fresh", "--steps", "3"])
    stopped = capsys.readouterr().out
    main(["--config", str(plan)])

    assert "stopped at epoch=0 step=3" in stopped
    assert "going on at epoch=0 step=3" in capsys.readouterr().out
    assert all(torch.equal(value, whole[name]) for name, value in weights(tmp_path).items())


def test_a_checkpoint_is_written_within_an_epoch_when_its_time_has_come(plan, tmp_path):
    change(plan, checkpoint_minutes=0)
    main(["--config", str(plan), "--steps", "2"])

    held = torch.load(tmp_path / "stance" / "checkpoint.pt", weights_only=True)

    assert (held["state"]["epoch"], held["state"]["step"]) == (0, 2)


def test_a_changed_plan_starts_afresh(plan, capsys):
    main(["--config", str(plan), "--steps", "1"])

    main(["--config", str(change(plan, seed=3)), "--steps", "1"])

    assert "another plan" in capsys.readouterr().out


def test_training_learns_what_the_first_word_of_a_claim_gives_away(plan, capsys):
    change(plan, epochs=12, patience=12, dropout=0.0, label_smoothing=0.0, unrelated=0.0, noise=0.0)

    main(["--config", str(plan)])

    best = float(capsys.readouterr().out.rsplit("best score ", 1)[1])
    assert best > 0.8


def test_the_encoder_below_the_tower_is_left_as_it_is(plan, tmp_path):
    before = (tmp_path / "student" / "model.safetensors").read_bytes()

    main(["--config", str(plan)])

    assert (tmp_path / "student" / "model.safetensors").read_bytes() == before


def test_a_tower_of_another_encoder_is_refused(plan, tmp_path):
    main(["--config", str(plan)])

    with pytest.raises(ModelUnusable, match="trained on another encoder"):
        open_stance(tmp_path / "stance" / "model", lower=tmp_path / "teacher")


def test_a_broken_tower_file_is_named(plan, tmp_path):
    main(["--config", str(plan)])
    (tmp_path / "stance" / "model" / "stance.safetensors").write_bytes(b"no")

    with pytest.raises(ModelUnusable, match=r"stance\.safetensors: cannot be loaded"):
        open_stance(tmp_path / "stance" / "model", lower=tmp_path / "student")


def test_an_encoder_that_is_not_there_is_named(plan, tmp_path):
    main(["--config", str(plan)])

    with pytest.raises(ModelUnusable, match="no such file"):
        open_stance(tmp_path / "stance" / "model", lower=tmp_path / "nowhere")


def test_a_misspelt_key_of_the_plan_is_an_error(plan):
    with pytest.raises(ConfigError, match="unknown key 'layer'"):
        main(["--config", str(change(plan, layer=8))])


def test_a_tower_starts_as_the_layers_of_its_encoder_that_follow_the_lower_ones(write_encoder):
    from models.network import load_encoder

    folder = write_encoder("teacher", 3, seed=2)
    encoder, tower = load_encoder(folder, None).eval(), new_tower(folder, lower=1, layers=2).eval()
    ids, mask = torch.tensor([[0, 5, 6, 2, 1], [0, 5, 2, 1, 1]]), torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])
    below = load_encoder(folder, 1).eval()(input_ids=ids, attention_mask=mask).last_hidden_state

    pooled = tower.pooled(below, mask)

    wanted = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    assert torch.allclose(pooled[:, :16], wanted[:, 0], atol=1e-6)
    assert torch.allclose(pooled[1, 16:], wanted[1, :3].mean(dim=0), atol=1e-6)
    assert tower(below, mask).shape == (2, 3)


def test_a_tower_of_more_layers_than_there_are_is_refused(write_encoder):
    folder = write_encoder("teacher", 3, seed=2)

    with pytest.raises(ModelUnusable, match=r"has 3 layers; the tower wants 2 \+ 2"):
        new_tower(folder, lower=2, layers=2)


def test_the_shipped_plan_is_valid_and_its_tower_fits_the_weights_budget():
    from transformers import BertConfig

    raw = yaml.safe_load(PLAN.read_text("utf-8"))
    config = BertConfig(hidden_size=384, num_attention_heads=12, intermediate_size=1536)

    count = sum(p.numel() for p in StanceTower(config, raw["layers"]).parameters())

    assert count < 15_000_000


def test_the_report_has_every_set_with_intervals_and_the_baselines(plan, capsys):
    main(["--config", str(plan)])
    capsys.readouterr()

    main(["--config", str(plan), "--report"])

    found = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    low, high = found["dev"]["intervals"]["macro_f1"]
    assert low <= found["dev"]["macro_f1"] <= high
    assert set(found) == {"dev", "held_c_stance", "held_nlpcc2016", "dev_baselines"}
    assert set(found["dev"]["by_kind"]) == {"clauses", "noun_phrases"}
    assert found["dev_baselines"]["majority"]["accuracy"] == pytest.approx(1 / 3)
    assert found["dev_baselines"]["tfidf_claim"]["macro_f1"] > 0.5


def test_recipes_map_the_labels_of_both_sets_and_clean_both_texts(data, write_rows):
    rows = [{"text": "看 http://a.example/x 路灯坏了", "target": "路灯坏了！！！", "stance": "against"}]
    write_rows(data / "c_stance" / "dev.tsv", [{**rows[0], "domain": "环保", "type": "clauses"}])

    (read,) = stance_recipes.c_stance(data, "dev")
    stances = [p.stance for p in stance_recipes.nlpcc2016(data)]

    assert (read.comment, read.claim) == ("看 路灯坏了", "路灯坏了!")
    assert (read.stance, read.kind, read.domain) == (CONTRADICTS, "clauses", "环保")
    assert stances == [SUPPORTS, CONTRADICTS, NEITHER, SUPPORTS]


def test_targets_that_are_kept_unseen_are_checked_on_and_never_trained_on(plan, data, write_rows):
    rows = [{"target": target, "text": f"{target}的月饼{i}", "stance": "FAVOR"} for target in "中吵" for i in range(3)]
    write_rows(data / "nlpcc2016_stance" / "train.tsv", rows)
    made = read_yaml(change(plan, unseen=["吵"]), StancePlan)

    sets, checks = read_sets(made)

    assert [p.domain for p in checks["unseen"]] == ["吵"] * 3
    assert {p.domain for p in sets["nlpcc2016"]} | {p.domain for p in checks["held_nlpcc2016"]} == {"中"}


def test_an_unseen_target_that_the_set_does_not_have_is_an_error(plan):
    made = read_yaml(change(plan, unseen=["月亮"]), StancePlan)

    with pytest.raises(ConfigError, match="unseen: no pair of NLPCC 2016 is about 月亮; it has 中秋"):
        read_sets(made)


def test_a_limit_leaves_so_many_pairs_for_trying_things_out(plan, capsys):
    main(["--config", str(change(plan, limit=5)), "--steps", "1"])

    assert "pairs c_stance=5 " in capsys.readouterr().out


def test_a_comment_is_held_out_with_all_its_claims(data):
    pairs = stance_recipes.c_stance(data, "train")

    kept, held = stance_recipes.hold_out(pairs, 2, seed=1)

    assert len(held) == 6
    assert not {p.comment for p in kept} & {p.comment for p in held}
    assert stance_recipes.hold_out(pairs, 2, seed=1) == (kept, held)


def test_comments_that_are_evaluated_on_are_dropped_whatever_their_marks():
    pairs = [pair(), pair(comment="路灯,坏了!"), pair(comment="地铁一直吵"), pair(comment="路灯修好", claim="")]

    assert stance_recipes.without_comments_of(pairs, [pair(comment="路灯坏了。")]) == [pair(comment="地铁一直吵")]


def test_unrelated_pairs_take_a_claim_of_another_domain_and_are_neither():
    pairs = [pair(), pair(comment="地铁一直吵", claim="地铁不吵", domain="权益")] * 5

    made = stance_recipes.unrelated(pairs, 1.0, random.Random(1))

    assert made
    assert all(p.stance == NEITHER for p in made)
    assert {(p.comment, p.claim) for p in made} <= {("路灯坏了", "地铁不吵"), ("地铁一直吵", "路灯修好了")}


def test_disturbing_changes_comments_and_never_claims():
    pairs = [pair(comment="路灯坏了三天没人修" * 9)] * 4

    changed = stance_recipes.disturbed(pairs, 1.0, random.Random(1))

    assert all(p.comment != pairs[0].comment and p.claim == pairs[0].claim for p in changed)
    assert stance_recipes.disturbed(pairs, 0.0, random.Random(1)) == pairs


class Reader:
    """Knows the stance of claims by their first word."""

    name = "by-word"

    def read(self, pairs, progress=None):
        from models.stance import StanceReading

        if progress:
            progress(len(pairs), len(pairs))
        known = {"好": StanceReading(0.8, 0.1, 0.1), "坏": StanceReading(0.1, 0.8, 0.1)}
        return [known.get(claim[0], StanceReading(0.1, 0.1, 0.8)) for _, claim in pairs]


def test_figures_of_a_reader_that_mistakes_one_pair_in_four():
    pairs = [
        pair(claim="好", stance=SUPPORTS, kind="clauses", domain="a"),
        pair(claim="坏", stance=CONTRADICTS, kind="clauses", domain="a"),
        pair(claim="无", stance=NEITHER, kind="noun_phrases", domain="a"),
        pair(claim="无", stance=SUPPORTS, kind="noun_phrases", domain="b"),
    ]

    found = evaluate_stance(Reader(), pairs, draws=50)

    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert found["per_class"]["supports"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert found["by_kind"]["clauses"] == {"n": 2, "macro_f1": 1.0}
    assert found["by_domain"]["b"] == {"n": 1, "macro_f1": 0.0}
    assert found["ece"] == pytest.approx(0.05)
    assert found["pairs_per_second"] > 0


def test_intervals_resample_comments_not_pairs():
    many = [pair(comment=f"路灯{i}", stance=i % 3) for i in range(60)]
    few = [pair(comment=f"路灯{i // 30}", stance=i % 3) for i in range(60)]
    guessed = [p.stance if i < 30 else (p.stance + 1) % 3 for i, p in enumerate(many)]

    wide, narrow = (intervals(pairs, guessed, 500, seed=0)["accuracy"] for pairs in (few, many))

    assert wide == [0.0, 1.0]
    assert 0.3 < narrow[0] < 0.5 < narrow[1] < 0.7


def test_a_claim_that_gives_its_label_away_is_found_by_the_baseline_of_claims():
    learnt = [pair(claim=claim, stance=i % 3) for i, claim in enumerate(("支持路灯", "反对路灯", "三天路灯") * 4)]

    found = baselines(learnt, learnt)

    assert found["tfidf_claim"]["macro_f1"] == 1.0
    assert found["majority"]["macro_f1"] == pytest.approx(np.mean([0.5, 0, 0]))
