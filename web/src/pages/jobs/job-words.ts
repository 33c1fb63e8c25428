import type { TFunction } from "i18next";
import { jobsEn } from "../../i18n/en-jobs.ts";

const isNamed = (name: string): name is keyof typeof jobsEn.jobs.name => Object.hasOwn(jobsEn.jobs.name, name);

/** What a job is called; one without words here shows its own name. */
export const jobName = (t: TFunction, name: string): string => (isNamed(name) ? t(`jobs.name.${name}`) : name);
