"""The three deviations and the three asks as measures: posts of a project in, values with n, interval and links out.

They describe; the rules of ``alerts/rules`` decide. Console and briefings call them alike.
"""
