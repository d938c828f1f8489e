-- In one of several categories: `?|`, which an index of paths alone cannot answer.
DROP INDEX state.products_by_category;
CREATE INDEX products_by_category ON state.catalogue USING gin ((state #> '{facts,categories}'));
