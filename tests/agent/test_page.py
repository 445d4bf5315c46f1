"""The page in a real browser: a call, what is seen of it, and everything that can go wrong."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from agents import RunningAgent, listen_only, running_agent, say, tone
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

import agent.server
from agent.line import Line
from agent.phone import dial

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: `apt-get install chromium`"),
    pytest.mark.asyncio(loop_scope="module"),
]

WORD_EVERY_FRAMES = 100
"""20 ms frames from one word in the browser's microphone to the next."""

LATENCY = {
    "type": "latency",
    "turn": 1,
    "transcript": 0.01,
    "endpointing": 0.05,
    "first_token": 0.02,
    "first_clause": 0.0,
    "first_audio": 0.01,
    "sent": 0.01,
    "total": 0.10,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser whose microphone hears a word every two seconds."""
    microphone = tmp_path_factory.mktemp("browser") / "microphone.wav"
    quiet = np.zeros(48_000 * 8 // 10, np.int16)
    spoken = np.concatenate([quiet, tone(0.4, 48_000, 300), quiet])
    soundfile.write(microphone, spoken, 48_000, subtype="PCM_16")
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )


@asynccontextmanager
async def opened(browser: Browser, agent_: RunningAgent, script: str = "") -> AsyncIterator[Page]:
    """The agent's page; fails when it logs an error or throws."""
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Answers like 503 are expected here; the browser logs them by itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    page = await browser.new_page()
    page.set_default_timeout(10_000)
    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(str(error)))
    if script:
        await page.add_init_script(script)
    await page.goto(agent_.url)
    yield page
    await page.context.close()
    assert faults == []


async def begin(page: Page) -> None:
    await page.get_by_role("button", name="Start talking").click()
    await page.wait_for_selector("body[data-call=connected]")


async def test_a_call_shows_both_sides_and_where_the_silence_went(browser: Browser) -> None:
    async def converse(line: Line) -> None:
        line.tell({"type": "state", "state": "listening"})
        caption = {"type": "caption", "who": "caller", "turn": 1}
        quiet, spoken = 0, False
        async for frame in line.listen():
            loud = np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000
            quiet = 0 if loud else quiet + 1
            if loud and not spoken:
                line.tell({**caption, "text": "half a", "final": False})
            spoken = spoken or loud
            if spoken and quiet == 10:
                line.tell({**caption, "text": "Half a word", "final": True})
                line.tell({"type": "state", "state": "speaking"})
                line.playout.on_started = lambda: line.tell(LATENCY)
                say(line, tone(0.5))
                line.tell({**caption, "who": "agent", "text": "Yes?", "final": True})
                break
        await listen_only(line)

    async with running_agent(converse) as agent_, opened(browser, agent_) as page:
        await begin(page)
        captions = page.locator("#captions")
        await expect(captions.locator(".caller .words")).to_have_text("Half a word")
        await expect(captions.locator(".caller")).not_to_have_class("interim")
        await expect(captions.locator(".agent .words")).to_have_text("Yes?")
        await expect(page.locator("#floor")).to_have_text("Speaking")
        await expect(captions.locator(".strip small")).to_have_text("until you heard it")
        await expect(captions.locator(".legend")).to_contain_text("network")
        total = await captions.locator(".strip b").inner_text()
        assert float(total.removesuffix(" s")) > LATENCY["total"]
        await expect(page.locator("#announcer")).to_have_text("Parley: Yes?")
        await page.get_by_role("button", name="Hang up").click()
        await agent_.calls.idle()
        await expect(page.get_by_role("button", name="Start talking")).to_be_focused()


async def test_the_orb_moves_with_what_is_heard(browser: Browser) -> None:
    async def converse(line: Line) -> None:
        line.tell({"type": "state", "state": "speaking"})
        say(line, tone(5))
        await listen_only(line)

    async with running_agent(converse) as agent_, opened(browser, agent_) as page:
        await begin(page)
        loud = page.locator("#orb[style*='--level: 0.9'], #orb[style*='--level: 0.8']")
        await loud.or_(page.locator("#orb[style*='--level: 1']")).wait_for(state="attached")


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    async with running_agent(listen_only) as agent_, opened(browser, agent_) as page:
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body[data-call=connected]")
        mute = page.locator("#mute")
        await expect(mute).to_be_focused()
        await page.keyboard.press("Space")
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("#floor")).to_have_text("You are muted")
        await page.locator("#captions").focus()
        await page.keyboard.press("Space")
        await expect(mute).to_have_attribute("aria-pressed", "false")
        await page.keyboard.press("Escape")
        await agent_.calls.idle()
        await expect(page.locator("body")).to_have_attribute("data-call", "idle")


async def test_a_muted_caller_is_not_heard(browser: Browser) -> None:
    heard, silent = asyncio.Event(), asyncio.Event()

    async def converse(line: Line) -> None:
        quiet = 0
        async for frame in line.listen():
            loud = np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000
            quiet = 0 if loud else quiet + 1
            if loud:
                heard.set()
            if quiet > WORD_EVERY_FRAMES:
                silent.set()

    async with running_agent(converse) as agent_, opened(browser, agent_) as page:
        await begin(page)
        async with asyncio.timeout(20):
            await heard.wait()
            await page.locator("#mute").click()
            await silent.wait()
            heard.clear()
            await page.locator("#mute").click()
            await heard.wait()


async def test_a_closed_tab_hangs_up(browser: Browser) -> None:
    async with running_agent(listen_only) as agent_:
        async with opened(browser, agent_) as page:
            await begin(page)
            await page.close(run_before_unload=True)
        await agent_.idle()


async def test_a_call_that_drops_is_placed_again(browser: Browser) -> None:
    lines: list[Line] = []

    async def converse(line: Line) -> None:
        lines.append(line)
        line.tell({"type": "caption", "who": "agent", "text": "Hello", "final": True, "turn": 0})
        await listen_only(line)

    async with running_agent(converse) as agent_, opened(browser, agent_) as page:
        await begin(page)
        await page.locator("#captions li").wait_for()
        await lines[0]._connection.close()  # type: ignore[attr-defined]
        await expect(page.locator("#captions li")).to_have_count(2)
        await expect(page.locator("body")).to_have_attribute("data-call", "connected")
        assert len(lines) == 2


async def test_a_busy_line_is_said_and_tried_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent.server, "RETRY_SECONDS", 1)
    async with running_agent(listen_only, capacity=1) as agent_, opened(browser, agent_) as page:
        async with dial(agent_.url):
            await page.get_by_role("button", name="Start talking").click()
            await expect(page.locator("#notice")).to_contain_text("All lines are busy.")
            await expect(page.get_by_role("button", name="Stop trying")).to_be_visible()
        await page.wait_for_selector("body[data-call=connected]")
        await expect(page.locator("#notice")).to_be_hidden()


async def test_an_agent_that_hangs_up_says_why(browser: Browser) -> None:
    async with running_agent(listen_only) as agent_, opened(browser, agent_) as page:
        await begin(page)
        await agent_.calls.close("the agent is stopping")
        await expect(page.locator("#notice")).to_have_text("The agent is stopping.")
        await expect(page.locator("body")).to_have_attribute("data-call", "idle")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "The microphone was refused."),
        ("NotFoundError", "No microphone was found."),
        ("NotReadableError", "in use by another program"),
    ],
)
async def test_a_microphone_that_is_not_to_be_had(
    browser: Browser, error: str, sentence: str
) -> None:
    script = f"""
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "{error}"));
    """
    async with running_agent(listen_only) as agent_, opened(browser, agent_, script) as page:
        await page.get_by_role("button", name="Start talking").click()
        await expect(page.locator("#notice")).to_contain_text(sentence)
        await expect(page.get_by_role("button", name="Start talking")).to_be_visible()
        assert len(agent_.calls) == 0


async def test_a_page_where_browsers_forbid_the_microphone(browser: Browser) -> None:
    script = "Object.defineProperty(window, 'isSecureContext', { value: false });"
    async with running_agent(listen_only) as agent_, opened(browser, agent_, script) as page:
        await page.get_by_role("button", name="Start talking").click()
        await expect(page.locator("#notice")).to_contain_text("http://127.0.0.1:")


async def test_the_browser_is_asked_to_cancel_echo_and_noise(browser: Browser) -> None:
    script = """
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (asked) => {
        document.title = JSON.stringify(asked.audio);
        return open(asked);
      };
    """
    async with running_agent(listen_only) as agent_, opened(browser, agent_, script) as page:
        await begin(page)
        title = await page.title()
        for wish in ("echoCancellation", "noiseSuppression", "autoGainControl"):
            assert f'"{wish}":true' in title
        await expect(page.locator("#microphones option")).not_to_have_count(0)


async def test_models_that_still_load_are_said(browser: Browser) -> None:
    async with running_agent(listen_only) as agent_:
        agent_.state.ready, agent_.state.reason = False, "The models are being loaded."
        async with opened(browser, agent_) as page:
            await expect(page.locator("#setup")).to_contain_text("The models are being loaded.")
            agent_.state.ready = True
            await expect(page.locator("#setup")).to_have_text("")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1280, 800)])
async def test_it_fits_every_screen(browser: Browser, width: int, height: int) -> None:
    async def converse(line: Line) -> None:
        for turn in range(12):
            caption = {"type": "caption", "who": "agent", "turn": turn, "final": True}
            line.tell({**caption, "text": f"number {turn} " + "and on " * 20})
        line.tell({**LATENCY, "turn": 11})
        await listen_only(line)

    async with running_agent(converse) as agent_:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, bypass_csp=True
        )
        page = await context.new_page()
        await page.goto(agent_.url)
        await begin(page)
        await expect(page.locator("#captions .strip")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Hang up")).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("button", name="Mute")).to_be_in_viewport(ratio=1)
        box = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert await page.evaluate(box) == [width, height]
        await context.close()
