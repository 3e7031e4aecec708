"""How a run tells how far it is: on a terminal, in a pipe, and beside warnings."""

import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import support

TOYS = pathlib.Path(support.PROGRAM).parent / "toys"
ENDLESS = 'schema = 1\n[stages.n]\nplugin = "endless"\n[stages.keep]\nplugin = "store"\ninputs = ["n"]\n'
LINE = re.compile(r"\d\d:\d\d:\d\d (info|warning) ")


def screen_of(text, height=200):
    """What a terminal shows after these bytes: cursor up, carriage return, erase below; colours are ignored."""
    lines, row, column = [""] * height, 0, 0
    for part in re.findall(r"\x1b\[\d*[A-Za-z]|\x1b\[[\d;]*m|[\r\n]|[^\x1b\r\n]+", text):
        if part == "\n":
            row += 1
        elif part == "\r":
            column = 0
        elif part.endswith("A") and part.startswith("\x1b"):
            row -= int(part[2:-1] or 1)
        elif part == "\x1b[J":
            lines[row] = lines[row][:column]
            lines[row + 1:] = [""] * (height - row - 1)
        elif part == "\x1b[K":
            lines[row] = lines[row][:column]
        elif not part.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + part + lines[row][column + len(part):]
            column += len(part)
    return [line for line in lines if line]


class Progress(support.WithFolder):
    def command(self):
        self.write("p.toml", ENDLESS)
        # The one without plugins beside it, which would all be loaded to look for the toys.
        return [TOYS.parent / "bare" / "ipet", "run", "p.toml", "--plugins", TOYS / "good", "--plugins", TOYS / "runners", "-j", "2"]

    def wait_until_begun(self):
        for _ in range(500):
            if (self.folder / "begun").exists():
                return
            time.sleep(0.01)
        self.fail("the run did not begin")

    def test_a_line_every_five_seconds_where_no_terminal_is(self):
        run = subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_until_begun()
        time.sleep(6)
        run.send_signal(signal.SIGINT)
        out, error = run.communicate(timeout=30)
        self.assertEqual((run.returncode, out), (130, ""), error)
        told = [line for line in error.splitlines() if "in flight; " in line]
        self.assertEqual(len(told), 1, error)
        self.assertRegex(told[0], r" info pass 1/1, 5\.\d s, .* in flight; n [\d.]+( k)? items")

    def test_nothing_of_a_short_run(self):
        run = subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_until_begun()
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        _, error = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 130, error)
        self.assertNotIn("in flight; ", error)

    def test_warnings_never_share_a_line_with_the_block_on_a_terminal(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        run = subprocess.Popen(self.command(), cwd=self.folder, stdout=subprocess.DEVNULL, stderr=follower)
        os.close(follower)
        self.wait_until_begun()
        time.sleep(0.7)  # the block is drawn five times a second
        run.send_signal(signal.SIGINT)
        text = b""
        try:
            while part := os.read(leader, 65536):
                text += part
        except OSError:  # the terminal's other side is closed
            pass
        os.close(leader)
        self.assertEqual(run.wait(30), 130)
        self.assertIn(b" messages ", text, "no block was drawn")
        shown = screen_of(text.decode())
        # The block is gone; what is left are whole lines.
        self.assertTrue(all(LINE.match(line) or line.startswith("p: ") for line in shown), shown)
        self.assertEqual(sum("interrupted: " in line for line in shown), 1, shown)
        self.assertTrue(shown[-1].startswith("p: to go on, run the same command again"), shown)


if __name__ == "__main__":
    support.main()
