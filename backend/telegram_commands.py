"""`verder telegram …`: fetching updates without a public address, or having Telegram bring them."""

from __future__ import annotations

import logging
from functools import partial

from telegram.error import TelegramError

from backend.app import Service
from backend.commands import CannotRun, stop_on_signals
from backend.settings import Settings
from bot.telegram.polling import poll
from locales import languages


async def poll_for_updates(settings: Settings) -> int:
    """Fetches updates and delivers answers, without a public address."""
    service = Service.open(settings)
    if service.telegram is None or service.client is None:
        raise CannotRun("VERDER_TELEGRAM_TOKEN is not set")
    stop = stop_on_signals()
    service.start()
    try:
        await service.telegram.remove_webhook()
        for code in languages():
            await service.telegram.set_commands(code)
    except TelegramError as error:
        logging.getLogger(__name__).warning("Telegram does not answer yet: %s", type(error).__name__)
    await poll(service.client, service.push.receive, partial(service.push.park, service.telegram.name), stop)
    await service.close()
    return 0


async def set_webhook(settings: Settings) -> int:
    """Asks Telegram to bring updates to the public address."""
    if not settings.telegram_token or not settings.telegram_webhook_secret:
        raise CannotRun("VERDER_TELEGRAM_TOKEN and VERDER_TELEGRAM_WEBHOOK_SECRET must both be set")
    service = Service.open(settings)
    assert service.telegram is not None
    try:
        address = f"{settings.public_url.rstrip('/')}/telegram/webhook"
        await service.telegram.set_webhook(address, settings.telegram_webhook_secret)
        for code in languages():
            await service.telegram.set_commands(code)
    except TelegramError as error:
        raise CannotRun(f"Telegram did not take the webhook: {type(error).__name__}") from None
    finally:
        await service.close()
    print(f"Telegram brings updates to {address}")
    return 0
