"""Comments that arrive day by day in, evidence that may be looked at daily out; pure arithmetic, no store, no clock.

Everything here is a bet against a null hypothesis ("at most this share is negative"): capital that grows is evidence,
and a bound on how often it can grow by chance holds for every distribution and however often one looks.

``null`` what is bet against · ``bets`` the stakes · ``detector`` the restarting detector and the e-process ·
``volatility`` one bet a comment or one a day · ``multiple`` several projects at once · ``confidence`` intervals for
charts · ``labels`` the short human audit · ``bursts`` days with unusually many comments (context, never evidence).
"""
