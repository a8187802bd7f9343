/** SQL for the options of a foreign object, as a JSON array of {name, value} in the order they were given. */
export const optionsOf = (column: string) =>
  `coalesce((SELECT json_agg(json_build_object('name', o.option_name, 'value', o.option_value))
               FROM pg_options_to_table(${column}) o), '[]')`;
