from models.cleaning import prepare


def test_forwarded_words_are_cut_from_the_writers_own():
    assert prepare("这条路修得真好//@用户: 胡说八道") == "这条路修得真好"


def test_a_bare_forward_is_kept_because_it_is_all_there_is():
    assert "胡说八道" in prepare("//@用户: 胡说八道")


def test_addresses_are_dropped():
    assert prepare("看这里 https://example.com/a?b=1 路灯坏了") == "看这里 路灯坏了"


def test_traditional_and_full_width_texts_read_like_simplified_ones():
    assert prepare("噪聲擾民ＡＢＣ") == prepare("噪声扰民abc")


def test_white_space_alone_is_nothing():
    assert prepare(" \u3000\n\u200b") == ""
