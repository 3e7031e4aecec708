"""ipet.toml on the real captures, with a short training so that it fits into CI."""

import h5py
import numpy as np

import support

SHORT = ["--set", "epochs=4", "--set", "max_windows=150", "--set", "chains=1", "--set", "training_stages=1",
         "--set", "num_samples=10"]


class RealHomes(support.WithFolder):
    def run_on(self, name):
        data = support.REAL / name
        return support.ipet("run", "pipelines/ipet.toml", "--set", f"captures={data}", "--set",
                            f"devices={data / 'devices.toml'}", "--output", self.folder, *SHORT, check=0)

    @support.needs_real("cset21-home")
    def test_the_seven_device_home(self):
        done = self.run_on("cset21-home")
        self.assertIn("macro F1", done.stdout)
        with h5py.File(self.folder / "ipet.h5", "r") as file:
            devices = support.table(file["devices"])
            self.assertEqual(len(devices), 7)
            self.assertTrue(np.all(devices["windows"] > 0))
            self.assertEqual(file["models/discriminator"].attrs["split_mode"], "day")
            self.assertNotIn("mixed", file)

    @support.needs_real("iot-sentinel")
    def test_thirty_one_devices_of_which_seven_have_no_windows(self):
        done = self.run_on("iot-sentinel")
        said = done.stdout + done.stderr
        # Five never leave the house. The EdnetCams send to 192.168.1.13 only, local by the data set's devices.toml:
        #   tshark -r FILE -Y "ip.src == 10.10.10.186 && (tcp || udp)" -T fields -e ip.dst | sort | uniq -c
        silent = ["D-LinkDayCam", "EdimaxCam1", "EdimaxCam2", "EdnetCam1", "EdnetCam2", "SmarterCoffee", "iKettle2"]
        for name in silent:
            self.assertIn(name, said)
        with h5py.File(self.folder / "ipet.h5", "r") as file:
            devices = support.table(file["devices"])
            self.assertEqual(len(devices), 31)
            without = sorted(n.decode() for n in devices["name"][devices["windows"] == 0])
            self.assertEqual(without, silent)


if __name__ == "__main__":
    support.main()
