import { z } from "zod";

/** What can stand in an address as it is: a browser takes `.` and `..` out of it, so that nobody would reach what is named so. */
export const PATH_WORD = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

/** The word a customer goes by, of the operator's choice; it is given once. */
export const CustomerId = z
  .string()
  .min(1)
  .max(64)
  .regex(PATH_WORD, "letters, digits and . _ - only, and more than dots");
