/** One model the simulator can be. Nameplates are the makers' published ones: TH/s, W; `mhz` the usual chip clock. */
export type Model = {
  id: string;
  family: "antminer" | "whatsminer" | "whatsminer-v3" | "avalon";
  /** What the device calls itself. */
  name: string;
  terahashes: number;
  watts: number;
  boards: number;
  chips: number;
  mhz: number;
  /** Speeds at normal load; none where water or oil cools. */
  fans: readonly number[];
  firmware: string;
  /** Says its power on port 4028. */
  tellsPower: boolean;
};

const air4 = [5_880, 5_820, 5_160, 5_100];
const antminer = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware">,
  more: Partial<Model> = {},
): Model => ({
  id,
  name,
  family: "antminer",
  boards: 3,
  fans: air4,
  tellsPower: false,
  ...figures,
  ...more,
});
const whatsminer = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware">,
): Model => ({
  id,
  name,
  family: "whatsminer",
  boards: 3,
  fans: [5_400, 5_280],
  tellsPower: true,
  ...figures,
});
const avalon = (
  id: string,
  name: string,
  figures: Pick<Model, "terahashes" | "watts" | "chips" | "mhz" | "firmware" | "fans">,
): Model => ({
  id,
  name,
  family: "avalon",
  boards: 3,
  tellsPower: true,
  ...figures,
});

/** In the order in which a site is filled, the commonest more than once. */
export const MODELS: readonly Model[] = [
  antminer("s19", "Antminer S19", {
    terahashes: 95,
    watts: 3250,
    chips: 76,
    mhz: 675,
    firmware: "Wed Sep 21 17:54:16 CST 2022",
  }),
  antminer("s19pro", "Antminer S19 Pro", {
    terahashes: 110,
    watts: 3250,
    chips: 114,
    mhz: 525,
    firmware: "Tue Dec  6 16:12:30 CST 2022",
  }),
  antminer("s19jpro", "Antminer S19j Pro", {
    terahashes: 104,
    watts: 3068,
    chips: 126,
    mhz: 545,
    firmware: "Thu Mar 16 10:20:11 CST 2023",
  }),
  antminer("s19xp", "Antminer S19 XP", {
    terahashes: 141,
    watts: 3032,
    chips: 110,
    mhz: 695,
    firmware: "Mon Feb 13 09:41:52 CST 2023",
  }),
  antminer(
    "s21",
    "Antminer S21",
    { terahashes: 200, watts: 3500, chips: 108, mhz: 490, firmware: "Thu Jul 11 16:38:25 CST 2024" },
    { tellsPower: true },
  ),
  antminer(
    "t21",
    "Antminer T21",
    { terahashes: 190, watts: 3610, chips: 108, mhz: 465, firmware: "Fri May 17 11:25:40 CST 2024" },
    { tellsPower: true },
  ),
  antminer(
    "s21hyd",
    "Antminer S21 Hyd.",
    { terahashes: 335, watts: 5360, chips: 216, mhz: 505, firmware: "Wed Jun  5 14:02:19 CST 2024" },
    { fans: [] },
  ),
  whatsminer("m30splus", "M30S+_VE50", {
    terahashes: 102,
    watts: 3468,
    chips: 215,
    mhz: 648,
    firmware: "20210322.22.REL",
  }),
  whatsminer("m50", "M50_VH10", { terahashes: 116, watts: 3306, chips: 84, mhz: 655, firmware: "20230803.11.REL" }),
  whatsminer("m60s", "M60S_VK40", { terahashes: 186, watts: 3441, chips: 75, mhz: 625, firmware: "20240624.18.REL" }),
  avalon("a1246", "1246", {
    terahashes: 90,
    watts: 3420,
    chips: 120,
    mhz: 502,
    firmware: "21072802_4ec6bb0_211fc46",
    fans: [5_340, 5_390, 5_350, 5_310],
  }),
  avalon("a1466", "1466", {
    terahashes: 150,
    watts: 3230,
    chips: 160,
    mhz: 330,
    firmware: "23101901_0c3e52b_8c3a6d0",
    fans: [4_980, 5_010, 4_950, 4_990],
  }),
  avalon("a15", "15-194", {
    terahashes: 194,
    watts: 3647,
    chips: 160,
    mhz: 346,
    firmware: "24102401_25462b2_9ddf522",
    fans: [4_275, 4_282],
  }),
];

/** Only when asked for by name: this one has no port 4028, and a site's list knows miners by that. */
export const V3_MODEL: Model = {
  ...whatsminer("m66s", "M66S_VK20", {
    terahashes: 298,
    watts: 5513,
    chips: 368,
    mhz: 610,
    firmware: "20251209.16.Rel2",
  }),
  family: "whatsminer-v3",
  fans: [],
};

export const modelById = (id: string): Model | undefined => [...MODELS, V3_MODEL].find((model) => model.id === id);
