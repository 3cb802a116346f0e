export { Meter, type MeterReading } from "./meter.ts";
