COPY responses FROM ':file';
