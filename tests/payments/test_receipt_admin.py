"""Receipts before an operator: the picture, what was seen before, the queue; and who may see none of it."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from payments import receipt_admin, receipts, topups
from payments.models import Receipt, ReceiptKind
from reliability import cid
from tests.payments.papers import PDF, picture, taken, telegram_has

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    client.force_login(User.objects.create_superuser("operator"))
    return client


def asked(customer):
    return topups.start(customer, Decimal("500.00"), provider="manual", cid=cid.new())


@pytest.fixture
def receipt(met) -> Receipt:
    return taken(asked(met()), file_id="f-at-telegram")


def address(receipt: Receipt) -> str:
    return reverse("admin:payments_receipt_file", args=[receipt.pk])


def page_of(operator, topup) -> str:
    answer = operator.get(reverse("admin:payments_topup_change", args=[topup.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("form", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_shown_as_what_it_is_by_its_bytes(operator, receipt, form, mime):
    content = picture(form=form)
    with telegram_has({"f-at-telegram": content}):
        answer = operator.get(address(receipt))

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, content, mime)
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_pdf_is_a_download(operator, receipt):
    with telegram_has({"f-at-telegram": PDF}):
        answer = operator.get(address(receipt))
    assert (answer["Content-Type"], answer.content) == ("application/pdf", PDF)
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{receipt.pk}.pdf"'


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b"<svg onload='alert(1)'/>", b"PK\x03\x04"])
def test_nothing_else_ever_comes_from_our_address(operator, receipt, content):
    with telegram_has({"f-at-telegram": content}):
        answer = operator.get(address(receipt))
    assert (answer.status_code, answer["Content-Type"]) == (415, "text/plain; charset=utf-8")
    assert content not in answer.content


def test_what_telegram_does_not_give_is_said_in_words(operator, receipt):
    with telegram_has({}):
        assert operator.get(address(receipt)).status_code == 404

    def away(_):
        raise ConnectionError("https://api.telegram.org/bot4242:secret-token-of-ours/getFile")

    with telegram_has({}, before=away):
        answer = operator.get(address(receipt))
    assert answer.status_code == 503
    assert b"secret" not in answer.content


def test_only_staff_who_may_see_receipts_do(client, receipt):
    def fetched() -> int:
        with telegram_has({"f-at-telegram": picture()}):
            return client.get(address(receipt)).status_code

    assert fetched() == 302  # to the login
    somebody = User.objects.create_user("somebody")
    client.force_login(somebody)
    assert fetched() == 302
    User.objects.filter(pk=somebody.pk).update(is_staff=True)
    assert fetched() == 403
    somebody.user_permissions.add(Permission.objects.get(codename="view_receipt"))
    assert fetched() == 200


def test_a_top_up_shows_its_receipts_and_says_that_nothing_is_recognised(operator, receipt):
    taken(receipt.topup, kind=ReceiptKind.PDF)
    page = page_of(operator, receipt.topup)

    assert f'src="{address(receipt)}"' in page
    assert "Скачать PDF" in page
    assert "ничего не распознаётся автоматически" in page
    assert receipt.file_id not in page


def test_what_was_seen_before_is_linked_to_where(operator, receipt, met):
    again = taken(asked(met()), file_id="g")
    assert "ещё не сверен" in page_of(operator, again.topup)
    with telegram_has({"f-at-telegram": PDF, "g": PDF}):
        receipts.step(receipt)
        receipts.step(again)

    page = page_of(operator, again.topup)
    assert "у другого человека" in page
    assert reverse("admin:payments_topup_change", args=[receipt.topup_id]) in page
    assert "уже встречался</strong>" not in page_of(operator, receipt.topup)


def test_the_queue_is_what_waits_for_an_operator(operator, receipt, met):
    asked(met())  # without a receipt
    decided = taken(asked(met())).topup
    topups.approve(decided.pk, by="admin:1")
    stars = topups.start(met(), Decimal("500.00"), cid=cid.new())
    topups.paid(stars, external_id="c", currency="EUR", minor_amount=5, cid=cid.new())
    seen = taken(asked(met()))
    Receipt.objects.filter(pk=seen.pk).update(seen_before=receipt)

    def listed(url: str) -> set[int]:
        return {row.pk for row in operator.get(url).context["cl"].queryset}

    assert listed(receipt_admin.queue_url()) == {receipt.topup_id, seen.topup_id}
    assert listed(receipt_admin.queue_url().replace("review", "seen")) == {seen.topup_id}
    assert len(listed(receipt_admin.queue_url().replace("review", "nonsense"))) == 6


def test_its_pages_open_and_do_not_ask_once_a_row(operator, receipt, met, django_assert_max_num_queries):
    for _ in range(15):
        taken(asked(met()))
    with django_assert_max_num_queries(14):
        assert operator.get(reverse("admin:payments_receipt_changelist")).status_code == 200
    assert operator.get(reverse("admin:payments_receipt_change", args=[receipt.pk])).status_code == 200
    page = operator.get(reverse("admin:payments_receipt_changelist"), {"q": cid.support_code(receipt.cid)})
    assert list(page.context["cl"].queryset) == [receipt]
    for action in ("add", "delete"):
        args = [] if action == "add" else [receipt.pk]
        assert operator.get(reverse(f"admin:payments_receipt_{action}", args=args)).status_code == 403
