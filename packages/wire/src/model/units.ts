/**
 * Units are types, made only by these constructors, so that a MH/s can't slip in where a GH/s is meant. On the wire and
 * in the database they are plain numbers whose member name carries the unit or is fixed by the dictionary of names.
 */
export type Gigahashes = number & { readonly unit: "GH/s" };
export type Watts = number & { readonly unit: "W" };
export type Celsius = number & { readonly unit: "°C" };
export type Megahertz = number & { readonly unit: "MHz" };
export type Rpm = number & { readonly unit: "rpm" };

export const gigahashes = (value: number): Gigahashes => value as Gigahashes;
export const megahashes = (value: number): Gigahashes => gigahashes(value / 1_000);
export const terahashes = (value: number): Gigahashes => gigahashes(value * 1_000);
export const watts = (value: number): Watts => value as Watts;
export const celsius = (value: number): Celsius => value as Celsius;
export const megahertz = (value: number): Megahertz => value as Megahertz;
export const rpm = (value: number): Rpm => value as Rpm;
